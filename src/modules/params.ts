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

/** A schema made ready: thousands of hosts are asked by the same few. */
interface ReadySchema {
  /** By name and by alias. */
  readonly byWord: ReadonlyMap<string, { readonly name: string; readonly param: ParamSchema }>
  readonly words: readonly string[]
  readonly defaults: Readonly<Record<string, unknown>>
  readonly required: readonly string[]
}

const readySchemas = new WeakMap<ParamsSchema, ReadySchema>()

function readyOf(schema: ParamsSchema): ReadySchema {
  const known = readySchemas.get(schema)
  if (known) return known
  const entries = Object.entries(schema.params)
  const words = entries.flatMap(([name, param]) =>
    [name, ...(param.aliases ?? [])].map((word) => [word, { name, param }] as const),
  )
  const ready = {
    byWord: new Map(words),
    words: words.map(([word]) => word),
    defaults: Object.fromEntries(
      entries
        .filter(([, param]) => param.default !== undefined)
        .map(([name, param]) => [name, param.default]),
    ),
    required: entries.filter(([, param]) => param.required).map(([name]) => name),
  }
  readySchemas.set(schema, ready)
  return ready
}

/** Checks and coerces rendered params; all faults at once. */
export function parseParams(schema: ParamsSchema, given: Readonly<Record<string, unknown>>): ParsedParams {
  const { byWord, defaults } = readyOf(schema)
  const faults = [...unknownParams(schema, Object.keys(given))]
  const params: Record<string, unknown> = { ...defaults }
  const present: string[] = []
  for (const [word, value] of Object.entries(given)) {
    const known = byWord.get(word)
    if (!known) {
      if (schema.open) params[word] = value
      continue
    }
    // Where several names of one parameter are given, its own name counts.
    const { name, param } = known
    if (value === undefined || value === null || (word !== name && present.includes(name))) continue
    present.push(name)
    const coerced = coerce(value, param)
    if ('fault' in coerced) faults.push(`${name}: ${coerced.fault}`)
    else params[name] = coerced.value
  }
  faults.push(...missingParams(schema, present))
  return faults.length > 0 ? { faults } : { params }
}

/** Faults that can be told before anything is rendered: names. */
export function unknownParams(schema: ParamsSchema, names: readonly string[]): readonly string[] {
  if (schema.open) return []
  const { byWord, words: known } = readyOf(schema)
  return names
    .filter((name) => !byWord.has(name))
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
    ...readyOf(schema)
      .required.filter((name) => !has(name))
      .map((name) => `parameter "${name}" is required`),
    ...(schema.oneOf ?? [])
      .filter((list) => !list.some(has))
      .map((list) => `one of ${list.join(', ')} is required`),
    ...(schema.exclusive ?? [])
      .filter(([a, b]) => has(a) && has(b))
      .map(([a, b]) => `${a} and ${b} exclude each other`),
  ]
}

export function knownNames(schema: ParamsSchema): readonly string[] {
  return readyOf(schema).words
}
