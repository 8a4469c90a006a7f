import { ConfigError } from '../kernel/errors.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { Vars } from '../inventory/types.ts'
import type { Looped, Place } from './types.ts'

/** The items of a loop, undefined where there is none. Throws ConfigError when it is no list. */
export function loopItems(looped: Looped & Place, context: TemplateContext): readonly unknown[] | undefined {
  if (looped.loop === undefined) return undefined
  const value = renderValue(looped.loop, context, looped)
  const kind = looped.loopKind
  if (kind === undefined) return listOf(value, 'loop', looped)
  if (kind in sources) return (sources as Sources)[kind]?.(value, looped) ?? []
  // with_fileglob and with_first_found are lookups.
  const lookup = context['query'] as (kind: string, ...terms: unknown[]) => readonly unknown[]
  return lookup(kind, ...(Array.isArray(value) ? (value as unknown[]) : [value]))
}

/** The variables of one item. */
export function itemValues(
  looped: Pick<Looped, 'loopVar' | 'indexVar' | 'loopExtended'>,
  item: unknown,
  index: number,
  items: readonly unknown[] = [],
): Vars {
  return {
    [looped.loopVar]: item,
    ansible_loop_var: looped.loopVar,
    ...(looped.indexVar === undefined
      ? {}
      : { [looped.indexVar]: index, ansible_index_var: looped.indexVar }),
    ...(looped.loopExtended ? { ansible_loop: extended(index, items) } : {}),
  }
}

function extended(index: number, items: readonly unknown[]): Vars {
  return {
    allitems: items,
    index: index + 1,
    index0: index,
    revindex: items.length - index,
    revindex0: items.length - index - 1,
    first: index === 0,
    last: index === items.length - 1,
    length: items.length,
    ...(index > 0 ? { previtem: items[index - 1] } : {}),
    ...(index < items.length - 1 ? { nextitem: items[index + 1] } : {}),
  }
}

type Sources = Readonly<Record<string, (value: unknown, place: Place) => readonly unknown[]>>

/** What `with_NAME` and `lookup('NAME')` make of a value. */
export const sources = {
  items: (value, place) => oneLevel(listOrOne(value), place),
  list: (value, place) => listOf(value, 'with_list', place),
  flattened: (value) => [value].flat(Infinity),
  dict: dictItems,
  sequence: sequence,
  nested: nested,
  cartesian: nested,
  together,
  indexed_items: (value, place) => oneLevel(listOrOne(value), place).map((item, index) => [index, item]),
  subelements,
  random_choice: (value, place) => chosenOf(listOf(value, 'with_random_choice', place)),
} satisfies Sources

function chosenOf(list: readonly unknown[]): readonly unknown[] {
  return list.length === 0 ? [] : [list[Math.floor(Math.random() * list.length)]]
}

function listOf(value: unknown, what: string, { file, line }: Place): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[]
  throw new ConfigError(
    `${file}:${line}: ${what} must be a list, got ${JSON.stringify(value)}`,
    [],
    value !== null && typeof value === 'object'
      ? { hint: 'for a map write with_dict, or loop: "<%= Object.entries(MAP) %>"' }
      : {},
  )
}

function listOrOne(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

/** with_items flattens lists inside of the list, one level deep. */
function oneLevel(list: readonly unknown[], _place: Place): readonly unknown[] {
  return list.flat(1)
}

function dictItems(value: unknown, { file, line }: Place): readonly unknown[] {
  const maps = listOrOne(value)
  return maps.flatMap((map) => {
    if (map === null || typeof map !== 'object' || Array.isArray(map))
      throw new ConfigError(`${file}:${line}: with_dict must be a map, got ${JSON.stringify(map)}`)
    return Object.entries(map).map(([key, each]) => ({ key, value: each as unknown }))
  })
}

/** The parts of a list of lists, all combined; the first one changes slowest. */
function nested(value: unknown, place: Place): readonly unknown[] {
  let rows: readonly (readonly unknown[])[] = [[]]
  for (const part of listOf(value, 'with_nested', place))
    rows = rows.flatMap((row) => listOrOne(part).map((item) => [...row, item]))
  return rows
}

function together(value: unknown, place: Place): readonly unknown[] {
  const lists = listOf(value, 'with_together', place).map(listOrOne)
  const longest = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, index) => lists.map((list) => list[index] ?? null))
}

/** [list of maps, name of the member that is a list]: one item for each member of each list. */
function subelements(value: unknown, place: Place): readonly unknown[] {
  const [list, path, options] = listOf(value, 'with_subelements', place)
  const skips = (options as { readonly skip_missing?: unknown } | undefined)?.skip_missing === true
  return listOf(list, 'the first part of with_subelements', place).flatMap((item) => {
    let inner: unknown = item
    for (const name of String(path).split('.'))
      inner = (inner as Readonly<Record<string, unknown>> | undefined)?.[name]
    if (Array.isArray(inner)) return (inner as unknown[]).map((each) => [item, each])
    if (skips) return []
    throw new ConfigError(
      `${place.file}:${place.line}: with_subelements: ${String(path)} is no list in ${JSON.stringify(item)}`,
    )
  })
}

const sequenceText = /^(?:(0?x?[0-9a-f]+)-)?(0?x?[0-9a-f]+)(?:\/(-?[0-9]+))?(?::(.+))?$/i

/** "start=1 end=9 stride=2 format=web%02d", "count=4", or "5-8/2:host%02x". */
function sequence(value: unknown, place: Place): readonly unknown[] {
  return listOrOne(value).flatMap((text) => {
    const { start, end, stride, format } = sequenceOf(String(text), place)
    if (stride === 0) return []
    const count = Math.floor((end - start) / stride) + 1
    return Array.from({ length: Math.max(0, count) }, (_, index) => printf(format, start + index * stride))
  })
}

interface Sequence {
  readonly start: number
  readonly end: number
  readonly stride: number
  readonly format: string
}

function sequenceOf(text: string, { file, line }: Place): Sequence {
  const short = sequenceText.exec(text.trim())
  if (short) {
    const [, from, to = '0', step, format] = short
    return { start: Number(from ?? 1), end: Number(to), stride: Number(step ?? 1), format: format ?? '%d' }
  }
  const given = new Map(
    text
      .trim()
      .split(/\s+/)
      .map((word) => word.split('=') as [string, string]),
  )
  const number = (name: string, otherwise: number): number =>
    given.has(name) ? Number(given.get(name)) : otherwise
  const start = number('start', 1)
  const stride = number('stride', 1)
  const end = given.has('count') ? start + (number('count', 0) - 1) * stride : number('end', Number.NaN)
  if ([start, stride, end].every(Number.isInteger)) {
    if (given.get('count') === '0') return { start, end, stride: 0, format: '%d' }
    return { start, end, stride, format: given.get('format') ?? '%d' }
  }
  throw new ConfigError(
    `${file}:${line}: with_sequence needs start, end (or count) and perhaps stride and format, got "${text}"`,
  )
}

/** The one number that a sequence's format holds: %d, %02d, %x, %o. */
function printf(format: string, value: number): string {
  return format.replace(/%(0?)(\d*)([dxXoiu])/, (_all, zero: string, width: string, kind: string) => {
    const base = kind.toLowerCase() === 'x' ? 16 : kind === 'o' ? 8 : 10
    const digits = value.toString(base)
    return (kind === 'X' ? digits.toUpperCase() : digits).padStart(Number(width), zero === '0' ? '0' : ' ')
  })
}
