import type { Problem } from '../kernel/problems.ts'
import {
  isKnownKeyword,
  plainKeyword,
  takesRestOfLine,
  unknownKeyword,
  valueProblem,
} from './ssh-keywords.ts'
import { parseMatch, type Criterion } from './ssh-match.ts'
import { matchesList } from './ssh-patterns.ts'
import { cutWord, cutWords } from './ssh-words.ts'

/** A parsed OpenSSH client configuration: blocks in the order of the file, those of Include in their place. */
export interface SshConfig {
  readonly blocks: readonly SshConfigBlock[]
  readonly problems: readonly Problem[]
}

export interface SshConfigBlock {
  readonly condition: Condition
  readonly entries: readonly SshConfigEntry[]
}

export interface SshConfigEntry {
  /** In lower case: OpenSSH's keywords have no case. */
  readonly keyword: string
  readonly args: readonly string[]
  readonly where: string
}

export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[]; readonly where: string }
  /** A block of an included file holds only where the block around the Include holds. */
  | { readonly kind: 'both'; readonly outer: Condition; readonly inner: Condition }

export interface ParseOptions {
  /** The text of each file that an Include's pattern stands for. The loader reads them. */
  readonly include: (pattern: string) => readonly { readonly file: string; readonly text: string }[]
}

/** Source: ssh's READCONF_MAX_DEPTH. */
const maxIncludeDepth = 16
/** A file that includes itself twice would be read 2^16 times before the depth ends it; nobody has this many blocks. */
const maxBlocks = 100_000

interface Parse {
  readonly options: ParseOptions
  readonly blocks: { condition: Condition; entries: SshConfigEntry[] }[]
  readonly problems: Problem[]
  ignored: readonly string[]
}

/** Parses one file. Faults carry `file:line`: unknown keywords, wrong values of those that kmesos obeys. */
export function parseSshConfig(text: string, file: string, options: ParseOptions): SshConfig {
  const parse: Parse = { options, blocks: [], problems: [], ignored: [] }
  readFile({ text, file, outer: { kind: 'always' }, depth: 0 }, parse)
  return { blocks: parse.blocks, problems: parse.problems }
}

/** One option as `-o` gives it. */
export function parseSshOption(name: string, value: string, where: string): SshConfig {
  const parse: Parse = { options: { include: () => [] }, blocks: [], problems: [], ignored: [] }
  open({ kind: 'always' }, parse)
  const keyword = plainKeyword(name)
  // `-i "a b"` came as one word already; only what has quotes is cut again.
  const plain = !/["'\\]/.test(value) && !['userknownhostsfile', 'globalknownhostsfile'].includes(keyword)
  const entry: SshConfigEntry | undefined = plain
    ? checked({ keyword, args: [value], where }, name, parse)
    : readLine(`${name} ${value}`, where, parse)
  if (entry) parse.blocks[0]?.entries.push(entry)
  return { blocks: parse.blocks, problems: parse.problems }
}

interface Source {
  readonly text: string
  readonly file: string
  readonly outer: Condition
  readonly depth: number
}

function readFile(source: Source, parse: Parse): void {
  let condition = source.outer
  open(condition, parse)
  for (const [index, line] of source.text.split('\n').entries()) {
    const entry = readLine(line, `${source.file}:${index + 1}`, parse)
    if (!entry) continue
    if (entry.keyword === 'host' || entry.keyword === 'match') {
      condition = both(source.outer, conditionOf(entry, parse))
      open(condition, parse)
    } else if (entry.keyword === 'include') {
      if (!readIncludes(entry, { ...source, outer: condition }, parse)) return
      open(condition, parse)
    } else {
      parse.blocks.at(-1)?.entries.push(entry)
    }
  }
}

function open(condition: Condition, parse: Parse): void {
  parse.blocks.push({ condition, entries: [] })
}

function both(outer: Condition, inner: Condition): Condition {
  return outer.kind === 'always' ? inner : { kind: 'both', outer, inner }
}

/** False when the includes have no end. */
function readIncludes(entry: SshConfigEntry, source: Source, parse: Parse): boolean {
  if (source.depth >= maxIncludeDepth || parse.blocks.length > maxBlocks) {
    problem(entry.where, `Include is nested deeper than ${maxIncludeDepth} files`, parse)
    return false
  }
  for (const pattern of entry.args) {
    for (const { file, text } of parse.options.include(pattern))
      readFile({ text, file, outer: source.outer, depth: source.depth + 1 }, parse)
  }
  return parse.problems.every(({ message }) => !message.startsWith('Include is nested'))
}

function readLine(raw: string, where: string, parse: Parse): SshConfigEntry | undefined {
  const line = raw.replace(/[ \t\r\n\f]+$/, '')
  const first = cutWord(line)
  const cut = first?.word === '' ? cutWord(first.rest) : first
  if (cut === undefined) return problem(where, 'a quote is not closed', parse)
  const { word, rest } = cut
  if (word === '' || word.startsWith('#')) return undefined
  if (rest === '') return problem(where, `${word} has no value`, parse)
  const keyword = plainKeyword(word)
  const args = cutWords(rest)
  if (args === undefined) return problem(where, `${word}: a quote is not closed`, parse)
  if (keyword === 'match' || takesRestOfLine(keyword))
    return checked({ keyword, args: [rest.replace(/^[ \t=]+/, '')], where }, word, parse)
  if (args.length === 0) return problem(where, `${word} has no value`, parse)
  return checked({ keyword, args, where }, word, parse)
}

function checked(entry: SshConfigEntry, word: string, parse: Parse): SshConfigEntry | undefined {
  const { keyword, args, where } = entry
  if (keyword === 'ignoreunknown' && parse.ignored.length === 0) parse.ignored = (args[0] ?? '').split(',')
  if (['host', 'match', 'include'].includes(keyword)) return entry
  if (!isKnownKeyword(keyword)) {
    if (
      matchesList(
        keyword,
        parse.ignored.map((pattern) => pattern.toLowerCase()),
      )
    )
      return undefined
    return problem(where, unknownKeyword(word), parse)
  }
  const fault = valueProblem(keyword, args)
  return fault === undefined ? entry : problem(where, fault, parse)
}

function problem(where: string, message: string, parse: Parse): undefined {
  parse.problems.push({ where, message })
  return undefined
}

function conditionOf(entry: SshConfigEntry, parse: Parse): Condition {
  if (entry.keyword === 'host') return { kind: 'host', patterns: entry.args }
  const match = parseMatch(entry.args[0] ?? '')
  if ('criteria' in match) return { kind: 'match', criteria: match.criteria, where: entry.where }
  problem(entry.where, match.fault, parse)
  return { kind: 'host', patterns: [] }
}
