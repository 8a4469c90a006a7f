import { unknownWord } from '../kernel/nearest.ts'
import { coerce, type ParamType } from './coerce.ts'

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
  /** Names that Ansible has and we do not, with the reason or what to use instead. */
  readonly unsupported?: Readonly<Record<string, string>>
}

export interface ParamSchema {
  readonly type: ParamType
  readonly required?: boolean
  readonly choices?: readonly string[]
  readonly default?: unknown
  /** Words that are taken as they are, beside the values of the type. */
  readonly words?: readonly string[]
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
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const why = schema.unsupported?.[name]
      return why === undefined
        ? unknownWord('parameter', name, known)
        : `the parameter "${name}" of Ansible is not supported: ${why}`
    })
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

const namesOfSchemas = new WeakMap<ParamsSchema, readonly string[]>()

export function knownNames(schema: ParamsSchema): readonly string[] {
  const known = namesOfSchemas.get(schema)
  if (known) return known
  const names = Object.entries(schema.params).flatMap(([name, param]) => [name, ...(param.aliases ?? [])])
  namesOfSchemas.set(schema, names)
  return names
}

function extraNames(schema: ParamsSchema, given: Readonly<Record<string, unknown>>): readonly string[] {
  const known = knownNames(schema)
  return Object.keys(given).filter((name) => !known.includes(name))
}

function valueOf(given: Readonly<Record<string, unknown>>, name: string, param: ParamSchema): unknown {
  const written = [name, ...(param.aliases ?? [])].find((word) => given[word] !== undefined)
  return written === undefined ? undefined : given[written]
}
