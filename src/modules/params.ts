import { unknownWord } from '../kernel/nearest.ts'

/**
 * What a module takes. A small language of its own instead of ajv: it coerces as Ansible does ("yes" is true, 8080 is
 * "8080" where text is wanted), names the nearest known key, and costs nothing at start-up.
 */
export interface ParamsSchema {
  readonly params: Readonly<Record<string, ParamSchema>>
  /** Lists of names of which at least one must be given. */
  readonly oneOf?: readonly (readonly string[])[]
  /** Pairs that exclude each other. */
  readonly exclusive?: readonly (readonly [string, string])[]
  /** Where the text of `command: ls -l` goes. */
  readonly freeForm?: string
  /** Any other name is a value of its own (set_fact). */
  readonly open?: boolean
}

export type ParamType = 'text' | 'path' | 'flag' | 'integer' | 'number' | 'list' | 'map' | 'mode' | 'any'

export interface ParamSchema {
  readonly type: ParamType
  readonly required?: boolean
  readonly choices?: readonly string[]
  readonly default?: unknown
  readonly aliases?: readonly string[]
  readonly about?: string
}

export type ParsedParams =
  { readonly params: Readonly<Record<string, unknown>> } | { readonly faults: readonly string[] }

/** Checks and coerces rendered params; all faults at once. */
export function parseParams(schema: ParamsSchema, given: Readonly<Record<string, unknown>>): ParsedParams {
  const faults = [...unknownParams(schema, Object.keys(given))]
  const params: Record<string, unknown> = {}
  const present: string[] = []
  for (const [name, param] of Object.entries(schema.params)) {
    const value = valueOf(given, name, param)
    if (value === undefined || value === null) {
      if (param.default !== undefined) params[name] = param.default
      continue
    }
    present.push(name)
    const coerced = coerce(value, param)
    if ('fault' in coerced) faults.push(`${name}: ${coerced.fault}`)
    else params[name] = coerced.value
  }
  if (schema.open) for (const name of extraNames(schema, given)) params[name] = given[name]
  faults.push(...missingParams(schema, present))
  return faults.length > 0 ? { faults } : { params }
}

/** Faults that can be told before anything is rendered: names. */
export function unknownParams(schema: ParamsSchema, names: readonly string[]): readonly string[] {
  if (schema.open) return []
  const known = knownNames(schema)
  return names.filter((name) => !known.includes(name)).map((name) => unknownWord('parameter', name, known))
}

/** Required params that are not there, and pairs that exclude each other. */
export function missingParams(schema: ParamsSchema, names: readonly string[]): readonly string[] {
  const has = (name: string): boolean =>
    [name, ...(schema.params[name]?.aliases ?? [])].some((word) => names.includes(word))
  return [
    ...Object.entries(schema.params)
      .filter(([name, param]) => param.required && !has(name))
      .map(([name]) => `parameter "${name}" is required`),
    ...(schema.oneOf ?? [])
      .filter((list) => !list.some(has))
      .map((list) => `one of ${list.join(', ')} is required`),
    ...(schema.exclusive ?? [])
      .filter(([a, b]) => has(a) && has(b))
      .map(([a, b]) => `${a} and ${b} exclude each other`),
  ]
}

export function knownNames(schema: ParamsSchema): readonly string[] {
  return Object.entries(schema.params).flatMap(([name, param]) => [name, ...(param.aliases ?? [])])
}

function extraNames(schema: ParamsSchema, given: Readonly<Record<string, unknown>>): readonly string[] {
  const known = knownNames(schema)
  return Object.keys(given).filter((name) => !known.includes(name))
}

function valueOf(given: Readonly<Record<string, unknown>>, name: string, param: ParamSchema): unknown {
  const written = [name, ...(param.aliases ?? [])].find((word) => given[word] !== undefined)
  return written === undefined ? undefined : given[written]
}

type Coerced = { readonly value: unknown } | { readonly fault: string }

function coerce(value: unknown, param: ParamSchema): Coerced {
  const coerced = coercions[param.type](value)
  if ('fault' in coerced || !param.choices) return coerced
  if (param.choices.includes(String(coerced.value))) return coerced
  return { fault: unknownWord('choice', String(coerced.value), param.choices) }
}

const trueWords = ['yes', 'true', 'on', '1', 'y', 't']
const falseWords = ['no', 'false', 'off', '0', 'n', 'f']

const coercions: Readonly<Record<ParamType, (value: unknown) => Coerced>> = {
  any: (value) => ({ value }),
  text: textOf,
  path: (value) => {
    const text = textOf(value)
    if ('fault' in text) return text
    return String(text.value).startsWith('/')
      ? text
      : { fault: `must be an absolute path, got ${shown(value)}` }
  },
  flag: (value) => {
    const word = String(value).toLowerCase()
    if (trueWords.includes(word)) return { value: true }
    return falseWords.includes(word)
      ? { value: false }
      : { fault: `must be true or false, got ${shown(value)}` }
  },
  integer: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return Number.isInteger(number)
      ? { value: number }
      : { fault: `must be a whole number, got ${shown(value)}` }
  },
  number: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number)
      ? { value: number }
      : { fault: `must be a number, got ${shown(value)}` }
  },
  list: (value) => {
    if (Array.isArray(value)) return { value }
    if (typeof value === 'string')
      return { value: value === '' ? [] : value.split(',').map((item) => item.trim()) }
    return typeof value === 'number' ? { value: [value] } : { fault: `must be a list, got ${shown(value)}` }
  },
  map: (value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? { value }
      : { fault: `must be a map, got ${shown(value)}` },
  mode: modeOf,
}

function textOf(value: unknown): Coerced {
  if (typeof value === 'string') return { value }
  if (typeof value === 'number' || typeof value === 'boolean') return { value: String(value) }
  return { fault: `must be text, got ${shown(value)}` }
}

/** YAML 1.1 reads 0644 as the number 420: a number is the bits themselves, text is octal. */
function modeOf(value: unknown): Coerced {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0o7777) {
    return { value: value.toString(8).padStart(4, '0') }
  }
  if (typeof value === 'string' && /^[0-7]{3,5}$/.test(value))
    return { value: value.slice(-4).padStart(4, '0') }
  return { fault: `must be an octal mode such as "0644", got ${shown(value)}` }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
