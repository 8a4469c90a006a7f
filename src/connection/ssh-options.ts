import { portOf, secondsOf } from './ssh-keywords.ts'
import { firstOf, type RawOptions, type SshQuery } from './ssh-resolve.ts'
import { expandPath, expandTokens, type TokenValues } from './ssh-tokens.ts'

/** OpenSSH's options that kmesos obeys, after the first value of each has won. */
export interface SshOptions {
  readonly hostName: string
  readonly port: number
  readonly user: string
  readonly addressFamily?: 'inet' | 'inet6'
  readonly bindAddress?: string
  readonly compression: boolean
  readonly identityFiles: readonly string[]
  readonly certificateFiles: readonly string[]
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
  readonly connectionAttempts: number
  readonly keepaliveMs?: number
  readonly keepaliveCount?: number
  readonly batchMode: boolean
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

/** Options with their types and tokens expanded. Throws ConfigError for a token or a variable that is not there. */
export function typeOptions(raw: RawOptions, query: SshQuery): SshOptions {
  const hostName = firstOf(raw, 'hostname') ?? query.originalHost
  const user = query.user ?? firstOf(raw, 'user') ?? query.localUser
  const port = query.port ?? portOf(firstOf(raw, 'port') ?? '') ?? 22
  const hostKeyAlias = firstOf(raw, 'hostkeyalias')
  const family = firstOf(raw, 'addressfamily')?.toLowerCase()
  const jump = firstOf(raw, 'proxyjump')
  const values = { ...query, hostName, user, port, hostKeyAlias, proxyJump: isNone(jump) ? '' : jump }
  return definedOnly({
    hostName,
    port,
    user,
    hostKeyAlias,
    addressFamily: family === 'inet' || family === 'inet6' ? family : undefined,
    bindAddress: firstOf(raw, 'bindaddress'),
    compression: yes(raw, 'compression', false),
    ...fileOptions(raw, values),
    ...proxyOptions(raw, values),
    ...authOptions(raw),
    ...timeOptions(raw),
    identitiesOnly: yes(raw, 'identitiesonly', false),
    strictHostKeyChecking: firstOf(raw, 'stricthostkeychecking')?.toLowerCase(),
    hostKeyAlgorithms: firstOf(raw, 'hostkeyalgorithms'),
    ciphers: firstOf(raw, 'ciphers'),
    macs: firstOf(raw, 'macs'),
    kexAlgorithms: firstOf(raw, 'kexalgorithms'),
    hashKnownHosts: yes(raw, 'hashknownhosts', false),
  })
}

type Values = Omit<TokenValues, 'what'>

function fileOptions(raw: RawOptions, values: Values) {
  const expand = (what: string, file: string): string => expandPath(file, { ...values, what })
  const several = (keyword: string): readonly string[] =>
    (raw.get(keyword) ?? []).flatMap(([file = '']) => (isNone(file) ? [] : [expand(keyword, file)]))
  const lists = (keyword: string): readonly string[] | undefined =>
    raw
      .get(keyword)?.[0]
      ?.filter((file) => !isNone(file))
      .map((file) => expand(keyword, file))
  return {
    identityFiles: several('identityfile'),
    certificateFiles: several('certificatefile'),
    identityAgent: agentOf(firstOf(raw, 'identityagent'), values),
    userKnownHostsFiles: lists('userknownhostsfile'),
    globalKnownHostsFiles: lists('globalknownhostsfile'),
  }
}

/** `$NAME` is a variable that holds the socket; one that is not set means no agent. */
function agentOf(text: string | undefined, values: Values): string | undefined {
  if (text === undefined || isNone(text) || text === 'SSH_AUTH_SOCK') return text?.replace(/^none$/i, 'none')
  const variable = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1]
  if (variable !== undefined) return values.environment?.[variable] ?? 'none'
  return expandPath(text, { ...values, what: 'IdentityAgent' })
}

function proxyOptions(raw: RawOptions, values: Values) {
  const jump = firstOf(raw, 'proxyjump')
  const command = firstOf(raw, 'proxycommand')
  return {
    proxyJump:
      jump === undefined || isNone(jump) ? undefined : expandTokens(jump, { ...values, what: 'ProxyJump' }),
    proxyCommand:
      command === undefined || isNone(command)
        ? undefined
        : expandTokens(command, { ...values, what: 'ProxyCommand' }),
  }
}

function isNone(text: string | undefined): boolean {
  return text?.toLowerCase() === 'none'
}

function authOptions(raw: RawOptions) {
  return {
    batchMode: yes(raw, 'batchmode', false),
    passwordAuthentication: yes(raw, 'passwordauthentication', true),
    pubkeyAuthentication: yes(raw, 'pubkeyauthentication', true),
    keyboardInteractive: yes(raw, 'kbdinteractiveauthentication', true),
    preferredAuthentications: firstOf(raw, 'preferredauthentications')?.split(','),
  }
}

function timeOptions(raw: RawOptions) {
  const milliseconds = (keyword: string): number | undefined => {
    const seconds = secondsOf(firstOf(raw, keyword) ?? '') ?? 0
    return seconds > 0 ? seconds * 1000 : undefined
  }
  const count = firstOf(raw, 'serveralivecountmax')
  return {
    connectTimeoutMs: milliseconds('connecttimeout'),
    connectionAttempts: Math.max(1, Number(firstOf(raw, 'connectionattempts') ?? 1)),
    keepaliveMs: milliseconds('serveraliveinterval'),
    keepaliveCount: count === undefined ? undefined : Number(count),
  }
}

function yes(raw: RawOptions, keyword: string, otherwise: boolean): boolean {
  const value = firstOf(raw, keyword)
  return value === undefined ? otherwise : !/^(?:no|false)$/i.test(value)
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function definedOnly<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>
}
