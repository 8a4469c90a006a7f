import { ConfigError } from '../kernel/errors.ts'
import type { Condition, SshConfig } from './ssh-config.ts'
import type { Criterion } from './ssh-match.ts'
import { matchesGlob, matchesHostList, matchesList } from './ssh-patterns.ts'
import { expandTokens } from './ssh-tokens.ts'

/** Who asks for which host: what conditions and tokens of the configuration see. */
export interface SshQuery {
  /** The name or address as given by the inventory. */
  readonly originalHost: string
  /** Where the inventory says so: stronger than the configuration. */
  readonly user?: string
  readonly port?: number
  readonly localUser: string
  readonly localHost: string
  readonly home: string
  readonly uid: number
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Runs the command of a Match exec; absent: not allowed. */
  readonly exec?: (command: string) => boolean
}

/** Values by lower-case keyword; all values of those that add up (IdentityFile), else the first alone. */
export type RawOptions = ReadonlyMap<string, readonly (readonly string[])[]>
type Collected = Map<string, (readonly string[])[]>

const additive = new Set(['identityfile', 'certificatefile'])
const times = new Set(['connecttimeout', 'serveraliveinterval'])

/** Collects what holds for a host, first value first. A second pass, with the final host name, runs where the files ask for one. */
export function collectOptions(configs: readonly SshConfig[], query: SshQuery): RawOptions {
  const raw: Collected = new Map()
  const first = { query, raw, host: query.originalHost, final: false }
  for (const config of configs) applyConfig(config, first)
  const host = finalHostName(raw, query)
  raw.set('hostname', [[host]])
  const again = /^(?:yes|true|always)$/i.test(firstOf(raw, 'canonicalizehostname') ?? '')
  if (again || configs.some(asksForFinal)) {
    for (const config of configs) applyConfig(config, { query, raw, host, final: true })
  }
  return raw
}

export function firstOf(raw: RawOptions, keyword: string): string | undefined {
  return raw.get(keyword)?.[0]?.[0]
}

/** Addresses keep their letters as they are typed. */
function finalHostName(raw: RawOptions, query: SshQuery): string {
  const name = expandedName(firstOf(raw, 'hostname'), query.originalHost)
  return name.includes(':') ? name : name.toLowerCase()
}

function expandedName(name: string | undefined, host: string): string {
  if (name === undefined) return host
  return name.replace(/%(.?)/g, (_whole, letter: string) => {
    if (letter === 'h') return host
    if (letter === '%') return '%'
    throw new ConfigError(`HostName "${name}" has the token %${letter}; only %h and %% may stand there`)
  })
}

interface Pass {
  readonly query: SshQuery
  readonly raw: Collected
  /** The name as given; in the final pass the one that is dialed. */
  readonly host: string
  readonly final: boolean
}

function applyConfig(config: SshConfig, pass: Pass): void {
  for (const block of config.blocks) {
    // An empty block has nothing to say, and its Match exec need not run.
    if (block.entries.length === 0 || !holds(block.condition, pass)) continue
    for (const { keyword, args } of block.entries) add(pass.raw, keyword, args)
  }
}

function add(raw: Collected, keyword: string, args: readonly string[]): void {
  // As in OpenSSH, a time of `none` is the same as no line at all.
  if (times.has(keyword) && args[0] === 'none') return
  if (isShutOut(raw, keyword)) return
  const known = raw.get(keyword)
  if (known === undefined) raw.set(keyword, [args])
  else if (additive.has(keyword) && !known.some((other) => other[0] === args[0])) known.push(args)
}

/** A jump and a command: the first one holds. `ProxyJump none` leaves the way open for a command, not the other way round. */
function isShutOut(raw: RawOptions, keyword: string): boolean {
  if (keyword === 'proxyjump') return raw.has('proxycommand')
  return keyword === 'proxycommand' && (firstOf(raw, 'proxyjump') ?? 'none').toLowerCase() !== 'none'
}

function asksForFinal(config: SshConfig): boolean {
  return config.blocks.some(({ condition }) => hasFinal(condition))
}

function hasFinal(condition: Condition): boolean {
  if (condition.kind === 'both') return hasFinal(condition.outer) || hasFinal(condition.inner)
  return condition.kind === 'match' && condition.criteria.some((criterion) => criterion.name === 'final')
}

function holds(condition: Condition, pass: Pass): boolean {
  switch (condition.kind) {
    case 'always':
      return true
    case 'host':
      return matchesList(pass.host, condition.patterns)
    case 'both':
      return holds(condition.outer, pass) && holds(condition.inner, pass)
    case 'match':
      // In order, and no further than the first that fails: an exec behind it does not run.
      return condition.criteria.every(
        (criterion) => meets(criterion, pass, condition.where) !== criterion.negated,
      )
  }
}

function meets(criterion: Criterion, pass: Pass, where: string): boolean {
  const { query, raw } = pass
  switch (criterion.name) {
    case 'all':
      return true
    case 'canonical':
    case 'final':
      return pass.final
    case 'host':
      return matchesHostList(expandedName(firstOf(raw, 'hostname'), pass.host), criterion.patterns)
    case 'originalhost':
      return matchesHostList(query.originalHost, criterion.patterns)
    case 'user':
      return matchesList(query.user ?? firstOf(raw, 'user') ?? query.localUser, criterion.patterns)
    case 'localuser':
      return matchesList(query.localUser, criterion.patterns)
    case 'tagged':
      return criterion.patterns.some((pattern) => matchesGlob(firstOf(raw, 'tag') ?? '', pattern))
    case 'exec':
      return runExec(criterion.patterns[0] ?? '', pass, where)
  }
}

function runExec(command: string, { query, raw, host }: Pass, where: string): boolean {
  const port = query.port ?? Number(firstOf(raw, 'port') ?? 22)
  const expanded = expandTokens(command, {
    ...query,
    what: where,
    hostName: expandedName(firstOf(raw, 'hostname'), host),
    port,
    user: query.user ?? firstOf(raw, 'user') ?? query.localUser,
    hostKeyAlias: firstOf(raw, 'hostkeyalias'),
  })
  if (query.exec) return query.exec(expanded)
  throw new ConfigError(`${where}: Match exec wants to run: ${expanded}`, [], {
    hint: 'kmesos runs nothing of an SSH configuration unless you allow it: --ssh-config-exec',
  })
}
