import type { PortRange, Resources } from '../../../src/engine/types.ts'

/** A resource as Mesos' API writes it. */
export interface MesosResource {
  readonly name: string
  readonly type: 'SCALAR' | 'RANGES'
  readonly scalar?: { readonly value: number }
  readonly ranges?: { readonly range: readonly { readonly begin: number; readonly end: number }[] }
}

const scalars = ['cpus', 'mem', 'disk', 'gpus'] as const
export const nothing: Resources = { cpus: 0, mem: 0, disk: 0, gpus: 0, ports: [] }

export function toMesos(resources: Resources): readonly MesosResource[] {
  const amounts = scalars
    .filter((name) => resources[name] > 0)
    .map((name): MesosResource => ({ name, type: 'SCALAR', scalar: { value: resources[name] } }))
  const range = resources.ports.map(({ first, last }) => ({ begin: first, end: last }))
  return range.length === 0 ? amounts : [...amounts, { name: 'ports', type: 'RANGES', ranges: { range } }]
}

export function fromMesos(list: readonly MesosResource[]): Resources {
  const amount = (name: string): number => list.find((item) => item.name === name)?.scalar?.value ?? 0
  const range = list.find((item) => item.name === 'ports')?.ranges?.range ?? []
  const ports = range.map(({ begin, end }) => ({ first: begin, last: end }))
  return { cpus: amount('cpus'), mem: amount('mem'), disk: amount('disk'), gpus: amount('gpus'), ports }
}

/** What is left when the tasks have theirs; Mesos counts in thousandths. */
export function minus(total: Resources, taken: readonly Resources[]): Resources {
  const left = (name: (typeof scalars)[number]): number =>
    Math.max(0, Math.round((total[name] - sum(taken, name)) * 1000) / 1000)
  const ports = taken.flatMap((item) => item.ports).reduce(withoutRange, total.ports)
  return { cpus: left('cpus'), mem: left('mem'), disk: left('disk'), gpus: left('gpus'), ports }
}

export function plus(list: readonly Resources[]): Resources {
  const all = (name: (typeof scalars)[number]): number => sum(list, name)
  const ports = list.flatMap((item) => item.ports)
  return { cpus: all('cpus'), mem: all('mem'), disk: all('disk'), gpus: all('gpus'), ports }
}

function sum(list: readonly Resources[], name: (typeof scalars)[number]): number {
  return list.reduce((total, item) => total + item[name], 0)
}

function withoutRange(ranges: readonly PortRange[], taken: PortRange): readonly PortRange[] {
  return ranges.flatMap(({ first, last }) =>
    [
      { first, last: Math.min(last, taken.first - 1) },
      { first: Math.max(first, taken.last + 1), last },
    ].filter((range) => range.first <= range.last && (range.first > taken.last || range.last < taken.first)),
  )
}

/** As `/state` and `/slaves` show them: numbers, and ports as text. */
export function shown(resources: Resources): Readonly<Record<string, number | string>> {
  const { cpus, mem, disk, gpus } = resources
  const ports = resources.ports.map(({ first, last }) => `${first}-${last}`).join(', ')
  return { cpus, gpus, mem, disk, ...(ports === '' ? {} : { ports: `[${ports}]` }) }
}
