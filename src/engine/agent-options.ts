import { UsageError } from '../kernel/errors.ts'
import type { PortRange, Resources } from './types.ts'

/** `rack:a;controller:true`, as Mesos' --attributes. Throws a UsageError that names the wrong part. */
export function parseAttributes(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(partsOf(text, 'attributes'))
}

/** `cpus:4;mem:8192;disk:100000;gpus:0;ports:[1-32000,40000-40100]`, as Mesos' --resources; any of them may be left out. */
export function parseResources(text: string): Partial<Resources> {
  const parsed: { -readonly [Name in keyof Resources]?: Resources[Name] } = {}
  for (const [name, value] of partsOf(text, 'resources')) {
    if (name === 'ports') parsed.ports = parseRanges(value)
    else if (isScalar(name)) parsed[name] = parseNumber(name, value)
    else throw new UsageError(`unknown resource "${name}"; known are cpus, disk, gpus, mem, ports`)
  }
  return parsed
}

function isScalar(name: string): name is 'cpus' | 'mem' | 'disk' | 'gpus' {
  return ['cpus', 'mem', 'disk', 'gpus'].includes(name)
}

function partsOf(text: string, what: string): [string, string][] {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return parts.map((part) => {
    const colon = part.indexOf(':')
    if (colon < 1) throw new UsageError(`${what}: "${part}" is not name:value`)
    // Mesos writes roles in parentheses; there is one role here.
    return [
      part
        .slice(0, colon)
        .replace(/\(.*\)$/, '')
        .trim(),
      part.slice(colon + 1).trim(),
    ]
  })
}

/** `[31000-32000,80-80]`; brackets may be left out. */
export function parseRanges(text: string): readonly PortRange[] {
  return text
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map((part) => {
      const found = /^\s*(\d+)\s*(?:-\s*(\d+))?\s*$/.exec(part)
      const [first, last] = [Number(found?.[1]), Number(found?.[2] ?? found?.[1])]
      if (!found || first > last || last > 65_535)
        throw new UsageError(`"${part.trim()}" is not a range of ports like 31000-32000`)
      return { first, last }
    })
}

function parseNumber(name: string, value: string): number {
  const parsed = Number(value)
  if (value === '' || Number.isNaN(parsed) || parsed < 0)
    throw new UsageError(`resource ${name}: "${value}" is not a number`)
  return parsed
}
