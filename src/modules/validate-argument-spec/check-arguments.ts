import { nearest } from '../../kernel/nearest.ts'
import { argumentTypes, convert, typeOf } from './argument-types.ts'
import { checkRules } from './check-rules.ts'
import { isSame } from './same.ts'
import type { OptionRules, OptionSpec } from './types.ts'

type Values = Readonly<Record<string, unknown>>

/** Names from the outside in: `listen -> port`. */
type Path = readonly string[]

/** All faults of values against a specification, each with the place of the option where that is known. */
export function checkArguments(rules: OptionRules, given: Values, path: Path = []): readonly string[] {
  const { options = {} } = rules
  const faults: string[] = [...unsupported(options, given, path)]
  const values: Record<string, unknown> = { ...withAliases(options, given) }
  const names = Object.keys(values)
  for (const [name, spec] of Object.entries(options)) {
    if (!(name in values) && spec.default !== undefined && spec.default !== null) values[name] = spec.default
    if (!(name in values) && spec.required === true)
      faults.push(`${placeOf(spec)}missing required argument: ${[...path, name].join(' -> ')}`)
  }
  for (const [name, spec] of Object.entries(options)) {
    if (values[name] === undefined || values[name] === null) continue
    const checked = checkOption(spec, values[name], [...path, name])
    faults.push(...checked.faults)
    values[name] = checked.value
  }
  return [...faults, ...checkRules(rules, names, values).map((fault) => `${fault}${inside(path)}`)]
}

interface Checked {
  readonly value: unknown
  readonly faults: readonly string[]
}

function checkOption(spec: OptionSpec, value: unknown, path: Path): Checked {
  const type = spec.type ?? 'str'
  const converted = convert(value, type)
  if (!converted) return { value, faults: [`${placeOf(spec)}${wrongType(value, type, path)}`] }
  const { value: made, faults } = Array.isArray(converted.value)
    ? elementsOf(spec, converted.value, path)
    : { value: converted.value, faults: [] }
  const inner = faults.length > 0 ? [] : subOptions(spec, made, path)
  return { value: made, faults: [...faults, ...wrongChoice(spec, made, path), ...inner] }
}

function elementsOf(spec: OptionSpec, list: readonly unknown[], path: Path): Checked {
  const { elements } = spec
  if (elements === undefined) return { value: list, faults: [] }
  const faults: string[] = []
  const value = list.map((item, index) => {
    const converted = convert(item, elements)
    const at = [...path.slice(0, -1), `${path.at(-1) ?? ''}[${index}]`]
    if (!converted) faults.push(`${placeOf(spec)}${wrongType(item, elements, at)}`)
    return converted ? converted.value : item
  })
  return { value, faults }
}

/** Options of a dict, or of each dict of a list. */
function subOptions(spec: OptionSpec, value: unknown, path: Path): readonly string[] {
  if (spec.options === undefined || !(spec.type === 'dict' || spec.elements === 'dict')) return []
  const isList = Array.isArray(value)
  return (isList ? (value as unknown[]) : [value]).flatMap((each, index) => {
    const name = `${path.at(-1) ?? ''}${isList ? `[${index}]` : ''}`
    return checkArguments(spec, each as Values, [...path.slice(0, -1), name])
  })
}

function wrongType(value: unknown, type: string, path: Path): string {
  const what = `argument ${path.join(' -> ')} is of type ${typeOf(value)}`
  return argumentTypes.includes(type)
    ? `${what} and cannot be made ${type}`
    : `${what}, and the specification wants a type "${type}" that does not exist (${argumentTypes.join(', ')})`
}

function wrongChoice(spec: OptionSpec, value: unknown, path: Path): readonly string[] {
  const { choices } = spec
  if (choices === undefined) return []
  const wrong = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (each) => !choices.some((choice) => isSame(choice, each)),
  )
  if (wrong.length === 0) return []
  const got = spec.no_log === true ? '***' : wrong.map(show).join(', ')
  const each = Array.isArray(value) ? 'each item of ' : ''
  return [
    `${placeOf(spec)}${each}${path.join(' -> ')} must be one of: ${choices.map(show).join(', ')}; got: ${got}`,
  ]
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function withAliases(options: Readonly<Record<string, OptionSpec>>, given: Values): Values {
  const named = Object.entries(options).flatMap(([name, { aliases = [] }]) => {
    const alias = aliases.findLast((each) => each in given)
    return alias === undefined ? [] : [[name, given[alias]] as const]
  })
  return { ...given, ...Object.fromEntries(named) }
}

function unsupported(
  options: Readonly<Record<string, OptionSpec>>,
  given: Values,
  path: Path,
): readonly string[] {
  const known = Object.entries(options).flatMap(([name, { aliases = [] }]) => [name, ...aliases])
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known)
      const way = near === undefined ? `known are: ${known.join(', ')}` : `did you mean ${near}?`
      return `unsupported argument: ${[...path, name].join(' -> ')}; ${way}`
    })
}

function placeOf({ where }: OptionSpec): string {
  return where === undefined ? '' : `${where}: `
}

function inside(path: Path): string {
  return path.length === 0 ? '' : ` (in ${path.join(' -> ')})`
}
