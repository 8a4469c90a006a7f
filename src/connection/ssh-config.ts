import { splitWords } from '../inventory/shell-words.ts'
import type { Problem } from '../kernel/problems.ts'

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
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[] }
  /** A block of an included file holds only where the block around the Include holds. */
  | { readonly kind: 'both'; readonly outer: Condition; readonly inner: Condition }

export interface Criterion {
  readonly name: 'all' | 'canonical' | 'final' | 'host' | 'originalhost' | 'user' | 'localuser'
  readonly negated: boolean
  readonly patterns: readonly string[]
}

export interface ParseOptions {
  /** The text of each file that an Include's pattern stands for. The loader reads them. */
  readonly include: (pattern: string) => readonly { readonly file: string; readonly text: string }[]
}

/** Source: ssh's READCONF_MAX_DEPTH. */
const maxIncludeDepth = 16

interface Parse {
  readonly options: ParseOptions
  readonly blocks: { condition: Condition; entries: SshConfigEntry[] }[]
  readonly problems: Problem[]
}

/** Parses one file. Faults carry `file:line`; unknown keywords are kept, whoever reads the values decides. */
export function parseSshConfig(text: string, file: string, options: ParseOptions): SshConfig {
  const parse: Parse = { options, blocks: [], problems: [] }
  readFile({ text, file, outer: { kind: 'always' }, depth: 0 }, parse)
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
  source.text.split('\n').forEach((line, index) => {
    const where = `${source.file}:${index + 1}`
    const entry = readLine(line, where, parse)
    if (!entry) return
    if (entry.keyword === 'host' || entry.keyword === 'match') {
      const inner = entry.keyword === 'host' ? hostCondition(entry, parse) : matchCondition(entry, parse)
      condition = both(source.outer, inner)
      open(condition, parse)
    } else if (entry.keyword === 'include') {
      readIncludes(entry, { ...source, outer: condition }, parse)
      open(condition, parse)
    } else {
      parse.blocks.at(-1)?.entries.push(entry)
    }
  })
}

function open(condition: Condition, parse: Parse): void {
  parse.blocks.push({ condition, entries: [] })
}

function both(outer: Condition, inner: Condition): Condition {
  return outer.kind === 'always' ? inner : { kind: 'both', outer, inner }
}

function readIncludes(entry: SshConfigEntry, source: Source, parse: Parse): void {
  if (source.depth >= maxIncludeDepth) {
    parse.problems.push({
      where: entry.where,
      message: `Include is nested deeper than ${maxIncludeDepth} files`,
    })
    return
  }
  for (const pattern of entry.args) {
    for (const { file, text } of parse.options.include(pattern))
      readFile({ text, file, outer: source.outer, depth: source.depth + 1 }, parse)
  }
}

function readLine(raw: string, where: string, parse: Parse): SshConfigEntry | undefined {
  const line = raw.trim()
  if (line === '' || line.startsWith('#')) return undefined
  const found = /^([^\s="]+)(?:\s*=\s*|\s+|(?=")|$)([\s\S]*)$/.exec(line)
  if (!found) return problem(where, `cannot read "${line}"`, parse)
  const keyword = (found[1] ?? '').toLowerCase()
  const rest = found[2] ?? ''
  // These take the rest of the line as one command for a shell.
  if (keyword === 'proxycommand' || keyword === 'localcommand' || keyword === 'remotecommand')
    return { keyword, args: [rest], where }
  const split = splitWords(rest, { comments: true })
  if ('fault' in split) return problem(where, `${found[1] ?? ''}: ${split.fault.toLowerCase()}`, parse)
  if (split.words.length === 0) return problem(where, `${found[1] ?? ''} has no value`, parse)
  return { keyword, args: split.words, where }
}

function problem(where: string, message: string, parse: Parse): undefined {
  parse.problems.push({ where, message })
  return undefined
}

function hostCondition(entry: SshConfigEntry, _parse: Parse): Condition {
  return { kind: 'host', patterns: entry.args }
}

const criterionNames = ['all', 'canonical', 'final', 'host', 'originalhost', 'user', 'localuser'] as const

function matchCondition(entry: SshConfigEntry, parse: Parse): Condition {
  const criteria: Criterion[] = []
  for (let at = 0; at < entry.args.length; at++) {
    const word = entry.args[at] ?? ''
    const negated = word.startsWith('!')
    const [, bare = '', inline] = /^!?([^=]*)(?:=(.*))?$/.exec(word) ?? []
    const name = criterionNames.find((known) => known === bare.toLowerCase())
    if (name === undefined) {
      const message =
        bare.toLowerCase() === 'exec'
          ? 'Match exec is not run by kmesos; put this block below a Host line, or give the options in ssh_common_args'
          : `Match ${bare} is not supported; known are ${criterionNames.join(', ')}`
      problem(entry.where, message, parse)
      return { kind: 'host', patterns: [] }
    }
    const lone = name === 'all' || name === 'canonical' || name === 'final'
    const value = lone ? '' : (inline ?? entry.args[++at] ?? '')
    if (!lone && value === '') problem(entry.where, `Match ${name} needs a pattern`, parse)
    criteria.push({ name, negated, patterns: lone ? [] : value.split(',') })
  }
  return { kind: 'match', criteria }
}
