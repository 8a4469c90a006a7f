import { messageOf } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { problemsOf } from './root-cause.ts'
import type { Located, LocatedMember } from './located.ts'

/** What reading a role needs: where problems go, and what its `<%= %>` see on the operator's machine. */
export interface Reading {
  readonly problems: Problem[]
  readonly context: TemplateContext
}

type Field = Located | undefined

/** Reports a fault of a value; gives undefined, so that `return fault(…)` reads well. */
export function fault(at: Located, message: string, reading: Reading): undefined {
  const path = at.path === '' ? '' : `${at.path}: `
  reading.problems.push({ where: `${at.file}:${at.line}`, message: `${path}${message}` })
  return undefined
}

/** The members of a map by name. With `known`, other keys are faults. */
export function membersOf(
  at: Field,
  reading: Reading,
  known?: readonly string[],
): Readonly<Record<string, Located>> {
  if (at === undefined || at.value === null) return {}
  if (at.members === undefined) {
    fault(at, `must be a map, got ${shown(at.value)}`, reading)
    return {}
  }
  if (known) for (const member of at.members) checkKey(member, known, reading)
  return Object.fromEntries(at.members.map(({ key, at: value }) => [key, value]))
}

function checkKey(member: LocatedMember, known: readonly string[], reading: Reading): void {
  if (known.includes(member.key)) return
  const parent = member.at.path.includes('/') ? member.at.path.replace(/\/[^/]*$/, '') : ''
  fault({ ...member.at, line: member.line, path: parent }, unknownWord('key', member.key, known), reading)
}

export function itemsOf(at: Field, reading: Reading): readonly Located[] {
  if (at === undefined || at.value === null) return []
  if (at.items !== undefined) return at.items
  fault(at, `must be a list, got ${shown(at.value)}`, reading)
  return []
}

/** The value with its `<%= %>` rendered by the site's variables. */
export function rendered(at: Located, reading: Reading): unknown {
  try {
    return renderValue(at.value, reading.context, { file: at.file, line: at.line })
  } catch (error) {
    const own = (): Problem => ({
      where: `${at.file}:${at.line}`,
      // The message begins with file and line already.
      message: `${at.path}: ${messageOf(error).replace(/^\S+:\d+: /, '')}`,
    })
    reading.problems.push(...problemsOf(error, own))
    return undefined
  }
}

/** Rendered text; numbers are taken as their digits. */
export function textOf(at: Field, reading: Reading): string | undefined {
  if (at === undefined) return undefined
  const value = rendered(at, reading)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && value !== '') return value
  return value === undefined ? undefined : fault(at, `must be a text, got ${shown(value)}`, reading)
}

/** A text that the container renders, as it stands. */
export function rawTextOf(at: Field, reading: Reading): string | undefined {
  if (at === undefined) return undefined
  if (typeof at.value === 'string') return at.value
  if (typeof at.value === 'number' || typeof at.value === 'boolean') return String(at.value)
  return fault(at, `must be a text, got ${shown(at.value)}`, reading)
}

export interface NumberRange {
  readonly min: number
  readonly max?: number
  readonly integer?: boolean
}

export function numberOf(at: Field, range: NumberRange, reading: Reading): number | undefined {
  if (at === undefined) return undefined
  const value = rendered(at, reading)
  if (value === undefined) return undefined
  const good =
    typeof value === 'number' &&
    value >= range.min &&
    value <= (range.max ?? Number.MAX_SAFE_INTEGER) &&
    (range.integer !== true || Number.isInteger(value))
  return good ? value : fault(at, `must be ${describeRange(range)}, got ${shown(value)}`, reading)
}

export function booleanOf(at: Field, reading: Reading): boolean | undefined {
  if (at === undefined) return undefined
  const value = rendered(at, reading)
  if (typeof value === 'boolean' || value === undefined) return value
  return fault(at, `must be true or false, got ${shown(value)}`, reading)
}

export function choiceOf<Choice extends string>(
  at: Field,
  choices: readonly Choice[],
  reading: Reading,
): Choice | undefined {
  const value = textOf(at, reading)
  if (at === undefined || value === undefined) return undefined
  const found = choices.find((choice) => choice === value)
  return found ?? fault(at, `must be one of ${choices.join(', ')}, got ${shown(value)}`, reading)
}

/** A map of texts, as they stand. */
export function rawTextsByName(at: Field, reading: Reading): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(membersOf(at, reading)).map(([name, member]) => [name, rawTextOf(member, reading) ?? '']),
  )
}

/** A list of rendered texts. */
export function textsOf(at: Field, reading: Reading): readonly string[] {
  return itemsOf(at, reading).flatMap((item) => textOf(item, reading) ?? [])
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

function describeRange(range: NumberRange): string {
  const noun = range.integer === true ? 'a whole number' : 'a number'
  return range.max === undefined
    ? `${noun} of at least ${range.min}`
    : `${noun} from ${range.min} to ${range.max}`
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The members that have a value: an optional member is absent, never undefined. */
export function given<T extends Readonly<Record<string, unknown>>>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>
}
