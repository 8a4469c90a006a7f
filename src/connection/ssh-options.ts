import type { SshOption } from '../inventory/ssh-words.ts'
import type { Condition, Criterion, SshConfig } from './ssh-config.ts'
import { matchesList } from './ssh-patterns.ts'
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
}

/** OpenSSH's options that kmesos obeys, after the first value of each has won. */
export interface SshOptions {
  readonly hostName: string
  readonly port: number
  readonly user: string
  readonly identityFiles: readonly string[]
  readonly identitiesOnly: boolean
  /** `none` = no agent; undefined = the environment's. */
  readonly identityAgent?: string
  readonly hostKeyAlias?: string
  readonly userKnownHostsFiles?: readonly string[]
  readonly globalKnownHostsFiles?: readonly string[]
  readonly strictHostKeyChecking?: string
  readonly proxyJump?: string
  readonly proxyCommand?: string
  readonly connectTimeoutMs?: number
  readonly keepaliveMs?: number
  readonly keepaliveCount?: number
  readonly passwordAuthentication: boolean
  readonly pubkeyAuthentication: boolean
  readonly keyboardInteractive: boolean
  readonly preferredAuthentications?: readonly string[]
  readonly hostKeyAlgorithms?: string
  readonly ciphers?: string
  readonly macs?: string
  readonly kexAlgorithms?: string
  readonly hashKnownHosts: boolean
}

/** Values by lower-case keyword; all values of those that add up (IdentityFile), else the first alone. */
export type RawOptions = ReadonlyMap<string, readonly (readonly string[])[]>

const additive = new Set([
  'identityfile',
  'certificatefile',
  'localforward',
  'remoteforward',
  'dynamicforward',
  'sendenv',
  'setenv',
])

/** Collects what holds for a host: given options first, then the configurations in order. A second pass runs for `Match final`. */
export function collectOptions(
  given: readonly SshOption[],
  configs: readonly SshConfig[],
  query: SshQuery,
): RawOptions {
  const raw = new Map<string, (readonly string[])[]>()
  for (const option of given) add(raw, option.name.toLowerCase(), [option.value])
  let final = false
  for (const config of configs) final = applyConfig(raw, config, { query, final: false }) || final
  if (final) for (const config of configs) applyConfig(raw, config, { query, final: true })
  return raw
}

function applyConfig(
  raw: Map<string, (readonly string[])[]>,
  config: SshConfig,
  pass: { query: SshQuery; final: boolean },
): boolean {
  let sawFinal = false
  for (const block of config.blocks) {
    if (hasFinal(block.condition)) sawFinal = true
    if (!holds(block.condition, raw, pass)) continue
    for (const entry of block.entries) add(raw, entry.keyword, entry.args)
  }
  return sawFinal
}

function add(raw: Map<string, (readonly string[])[]>, keyword: string, args: readonly string[]): void {
  const known = raw.get(keyword)
  if (known === undefined) raw.set(keyword, [args])
  else if (additive.has(keyword) && !known.some((other) => other.join(' ') === args.join(' ')))
    known.push(args)
}

function hasFinal(condition: Condition): boolean {
  if (condition.kind === 'both') return hasFinal(condition.outer) || hasFinal(condition.inner)
  return condition.kind === 'match' && condition.criteria.some((criterion) => criterion.name === 'final')
}

interface Pass {
  readonly query: SshQuery
  readonly final: boolean
}

function holds(condition: Condition, raw: RawOptions, pass: Pass): boolean {
  switch (condition.kind) {
    case 'always':
      return true
    case 'host':
      return matchesList(pass.query.originalHost, condition.patterns)
    case 'both':
      return holds(condition.outer, raw, pass) && holds(condition.inner, raw, pass)
    case 'match':
      return condition.criteria.every((criterion) => meets(criterion, raw, pass) !== criterion.negated)
  }
}

function meets(criterion: Criterion, raw: RawOptions, pass: Pass): boolean {
  const { query } = pass
  switch (criterion.name) {
    case 'all':
      return true
    case 'canonical':
      return false
    case 'final':
      return pass.final
    case 'host':
      return matchesList(expandHostName(raw, query), criterion.patterns)
    case 'originalhost':
      return matchesList(query.originalHost, criterion.patterns)
    case 'user':
      return matchesList(query.user ?? first(raw, 'user') ?? query.localUser, criterion.patterns)
    case 'localuser':
      return matchesList(query.localUser, criterion.patterns)
  }
}

function first(raw: RawOptions, keyword: string): string | undefined {
  return raw.get(keyword)?.[0]?.[0]
}

function expandHostName(raw: RawOptions, query: SshQuery): string {
  const name = first(raw, 'hostname')
  return name === undefined
    ? query.originalHost
    : name.replaceAll('%%', '\0').replaceAll('%h', query.originalHost).replaceAll('\0', '%')
}

/** Options with their types and tokens expanded. */
export function typeOptions(raw: RawOptions, query: SshQuery): SshOptions {
  const hostName = expandHostName(raw, query)
  const user = query.user ?? first(raw, 'user') ?? query.localUser
  const port = query.port ?? (Number(first(raw, 'port') ?? 22) || 22)
  const hostKeyAlias = first(raw, 'hostkeyalias')
  const expand = (text: string): string =>
    expandTokens(text, { ...query, hostName, user, port, hostKeyAlias })
  return definedOnly({
    hostName,
    port,
    user,
    hostKeyAlias,
    ...fileOptions(raw, expand),
    ...proxyOptions(raw, expand),
    ...authOptions(raw),
    ...timeOptions(raw),
    strictHostKeyChecking: first(raw, 'stricthostkeychecking')?.toLowerCase(),
    hostKeyAlgorithms: first(raw, 'hostkeyalgorithms'),
    ciphers: first(raw, 'ciphers'),
    macs: first(raw, 'macs'),
    kexAlgorithms: first(raw, 'kexalgorithms'),
    hashKnownHosts: yes(raw, 'hashknownhosts', false),
  })
}

type Expand = (text: string) => string

function fileOptions(raw: RawOptions, expand: Expand) {
  const files = (keyword: string): readonly string[] | undefined =>
    raw
      .get(keyword)?.[0]
      ?.filter((file) => file !== 'none')
      .map(expand)
  const agent = first(raw, 'identityagent')
  return {
    identityFiles: (raw.get('identityfile') ?? [])
      .map((args) => expand(args[0] ?? ''))
      .filter((file) => file !== 'none'),
    identitiesOnly: yes(raw, 'identitiesonly', false),
    identityAgent: agent === undefined ? undefined : expand(agent),
    userKnownHostsFiles: files('userknownhostsfile'),
    globalKnownHostsFiles: files('globalknownhostsfile'),
  }
}

/** Of the two the jump wins. */
function proxyOptions(raw: RawOptions, expand: Expand) {
  const jump = first(raw, 'proxyjump')
  const command = first(raw, 'proxycommand')
  return {
    proxyJump: jump === 'none' ? undefined : jump,
    proxyCommand:
      command === undefined || command === 'none' || jump !== undefined ? undefined : expand(command),
  }
}

function authOptions(raw: RawOptions) {
  return {
    passwordAuthentication: yes(raw, 'passwordauthentication', true),
    pubkeyAuthentication: yes(raw, 'pubkeyauthentication', true),
    keyboardInteractive:
      yes(raw, 'kbdinteractiveauthentication', true) && yes(raw, 'challengeresponseauthentication', true),
    preferredAuthentications: first(raw, 'preferredauthentications')?.split(','),
  }
}

function timeOptions(raw: RawOptions) {
  const milliseconds = (keyword: string): number | undefined => {
    const value = Number(first(raw, keyword))
    return Number.isFinite(value) && value > 0 ? value * 1000 : undefined
  }
  return {
    connectTimeoutMs: milliseconds('connecttimeout'),
    keepaliveMs: milliseconds('serveraliveinterval'),
    keepaliveCount: Number(first(raw, 'serveralivecountmax')) || undefined,
  }
}

function yes(raw: RawOptions, keyword: string, otherwise: boolean): boolean {
  const value = first(raw, keyword)
  return value === undefined ? otherwise : !/^(?:no|false)$/i.test(value)
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function definedOnly<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>
}
