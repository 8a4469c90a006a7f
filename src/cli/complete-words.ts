import type { OptionDefinition } from './options.ts'
import { wordsOfItsOwn } from './parse-arguments.ts'
import type { Verb } from './verb.ts'

/** What may stand for the last of the words. */
export interface Completion {
  readonly candidates: readonly string[]
  /** Names of hosts and groups of these inventories may stand there too. */
  readonly hostsOf?: readonly string[]
  /** Names of runs may stand there. */
  readonly runs?: true
}

/** Completes the last word typed after `kmesos`; nothing is offered where a file or a free text stands. */
export function completeWords(words: readonly string[], verbs: readonly Verb[]): Completion {
  const typed = words.slice(0, -1)
  const last = words.at(-1) ?? ''
  const options = verbs.flatMap((verb) => verb.options)
  const { plain: all, open, inventories } = readTyped(typed, options)
  const isHelp = all[0] === 'help'
  const plain = isHelp ? all.slice(1) : all
  if (open) return valuesOf(open, last, inventories)
  const equals = /^--([a-z-]+)=(.*)$/s.exec(last)
  const named = equals && options.find((option) => option.name === equals[1])
  if (equals && named) {
    const { candidates } = valuesOf(named, equals[2] ?? '', inventories)
    return { candidates: candidates.map((value) => `--${named.name}=${value}`) }
  }
  const verb = verbs.find(({ name }) => name.split(' ').every((word, index) => plain[index] === word))
  if (last.startsWith('-')) return { candidates: starting(optionNames(verb ? verb.options : options), last) }
  if (!verb) return { candidates: starting(nextWords(plain, verbs), last) }
  if (isHelp) return { candidates: [] }
  const isFirst = plain.length === verb.name.split(' ').length
  if (isFirst && verb.arguments === '[RUN]') return { candidates: [], runs: true }
  const takesHosts = /<(?:PATTERN|HOST)>/.test(verb.arguments) && isFirst
  return takesHosts ? { candidates: [], hostsOf: inventories } : { candidates: [] }
}

/** `web,!c0`: what stands before the last part of a pattern, and that part. */
export function lastPartOf(pattern: string): readonly [string, string] {
  const [, before = '', part = ''] = /^(.*[,:&!])?([^,:&!]*)$/s.exec(pattern) ?? []
  return [before, part]
}

interface Typed {
  readonly plain: readonly string[]
  /** The option whose value is being typed. */
  readonly open: OptionDefinition | undefined
  readonly inventories: readonly string[]
}

function readTyped(words: readonly string[], options: readonly OptionDefinition[]): Typed {
  const plain: string[] = []
  const inventories: string[] = []
  let open: OptionDefinition | undefined
  for (const word of words) {
    if (open) {
      if (open.name === 'inventory') inventories.push(word)
      open = undefined
      continue
    }
    const found = /^(?:--([a-z-]+)|-([A-Za-z]))(?:=(.*))?$/s.exec(word)
    const [name, value] = [found?.[1] ?? found?.[2], found?.[3]]
    const option = options.find((each) => each.name === name || each.short === name)
    if (name === undefined) plain.push(word)
    else if (option?.value !== undefined && value === undefined) open = option
    else if (option?.name === 'inventory' && value !== undefined) inventories.push(value)
  }
  return { plain, open, inventories }
}

function valuesOf(option: OptionDefinition, start: string, inventories: readonly string[]): Completion {
  if (option.name === 'limit') return { candidates: [], hostsOf: inventories }
  return { candidates: starting(option.choices ?? [], start) }
}

function nextWords(plain: readonly string[], verbs: readonly Verb[]): readonly string[] {
  const below = verbs
    .map(({ name }) => name.split(' '))
    .filter((words) => plain.every((word, index) => words[index] === word))
  const next = below.flatMap((words) => words[plain.length] ?? [])
  return [...new Set(plain.length === 0 ? [...next, ...wordsOfItsOwn] : next)]
}

function optionNames(options: readonly OptionDefinition[]): readonly string[] {
  return [...new Set(options.map(({ name }) => `--${name}`))]
}

function starting(words: readonly string[], start: string): readonly string[] {
  return words.filter((word) => word.startsWith(start))
}
