import { unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'

/**
 * Small checkers for the JSON that crosses the border. Written by hand and not with ajv because kmesos-start pays for it
 * at every container start: ajv's import and compilation cost about 60 ms and 125 kB of bundle (measured), these less than 1 ms.
 */
export type Shape<T> = (value: unknown, at: Place) => value is T & {}

/** Where we are, and where faults are gathered. */
export interface Place {
  readonly path: string
  readonly problems: Problem[]
}

type Members<T> = {
  readonly [K in keyof T]-?: Shape<Exclude<T[K], undefined>> | Optional<Exclude<T[K], undefined>>
}

interface Optional<T> {
  readonly optional: Shape<T>
}

export const text: Shape<string> = simple('text', (value) => typeof value === 'string' && value !== '')
export const anyText: Shape<string> = simple('text', (value) => typeof value === 'string')
export const flag: Shape<boolean> = simple('true or false', (value) => typeof value === 'boolean')
export const count: Shape<number> = simple(
  'a whole number from 0',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
)
export const seconds: Shape<number> = simple(
  'a number of seconds from 0',
  (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
)

export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape }
}

export function matching(pattern: RegExp, wanted: string): Shape<string> {
  return simple(wanted, (value) => typeof value === 'string' && pattern.test(value))
}

export function oneOf<const T extends string | number>(...allowed: readonly T[]): Shape<T> {
  return simple(allowed.map((word) => JSON.stringify(word)).join(' or '), (value) =>
    allowed.includes(value as T),
  )
}

export function listOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return ((value: unknown, at: Place) => {
    if (!Array.isArray(value)) return wrong(at, 'a list', value)
    return every(value.map((member, index) => item(member, inside(at, String(index)))))
  }) as Shape<readonly T[]>
}

export function mapOf<T>(member: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return ((value: unknown, at: Place) => {
    if (!isMap(value)) return wrong(at, 'a map', value)
    return every(Object.entries(value).map(([name, item]) => member(item, inside(at, name))))
  }) as Shape<Readonly<Record<string, T>>>
}

/** A map with exactly these members; an unknown one is told with the nearest known name. */
export function mapWith<T>(members: Members<T>): Shape<T> {
  const names = Object.keys(members) as (keyof T & string)[]
  return ((value: unknown, at: Place) => {
    if (!isMap(value)) return wrong(at, 'a map', value)
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name))
    for (const name of unknown) at.problems.push({ where: at.path, message: unknownWord('key', name, names) })
    return every([
      ...names.map((name) => memberFits(members[name] as Member, value[name], inside(at, name))),
      !unknown.length,
    ])
  }) as Shape<T>
}

/** One of several kinds, told apart by the member `kind`. */
export function byKind<T extends { readonly kind: string }>(kinds: {
  readonly [K in T['kind']]: Shape<Extract<T, { readonly kind: K }>>
}): Shape<T> {
  return ((value: unknown, at: Place) => {
    const kind = isMap(value) ? value['kind'] : undefined
    const names = Object.keys(kinds)
    if (typeof kind !== 'string' || !names.includes(kind))
      return wrong(inside(at, 'kind'), names.join(' or '), kind)
    return (kinds as Readonly<Record<string, Shape<unknown>>>)[kind]?.(value, at) ?? false
  }) as Shape<T>
}

export function either<A, B>(
  isFirst: (value: unknown) => boolean,
  first: Shape<A>,
  second: Shape<B>,
): Shape<A | B> {
  return ((value: unknown, at: Place) => (isFirst(value) ? first(value, at) : second(value, at))) as Shape<
    A | B
  >
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Member = Shape<unknown> | Optional<unknown>

function memberFits(shape: Member, value: unknown, at: Place): boolean {
  if (typeof shape === 'function') {
    if (value !== undefined) return shape(value, at)
    at.problems.push({ where: at.path, message: 'is missing' })
    return false
  }
  return value === undefined || shape.optional(value, at)
}

function simple<T>(wanted: string, fits: (value: unknown) => boolean): Shape<T> {
  return ((value: unknown, at: Place) => fits(value) || wrong(at, wanted, value)) as Shape<T>
}

/** The value itself is not shown: it may be a key. */
function wrong(at: Place, wanted: string, value: unknown): false {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  const shown = typeof value === 'number' || typeof value === 'boolean' ? String(value) : found
  at.problems.push({
    where: at.path,
    message: `must be ${wanted}, got ${value === undefined ? 'nothing' : shown}`,
  })
  return false
}

function inside(at: Place, name: string): Place {
  return { path: at.path === '' ? name : `${at.path}/${name}`, problems: at.problems }
}

/** No short cut: all faults are told at once. */
function every(fits: readonly boolean[]): boolean {
  return fits.every(Boolean)
}
