import { createHash } from 'node:crypto'
import { ConfigError } from '../kernel/errors.ts'

/** What OpenSSH's percent tokens stand for. */
export interface TokenValues {
  /** Where the text stands: for messages. */
  readonly what: string
  readonly originalHost: string
  readonly hostName: string
  readonly port: number
  readonly user: string
  readonly localUser: string
  readonly localHost: string
  readonly home: string
  readonly uid: number
  readonly hostKeyAlias?: string | undefined
  readonly proxyJump?: string | undefined
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Expands `%h`, `%n`, `%p`, `%r`, `%u`, `%d`, `%i`, `%k`, `%j`, `%l`, `%L`, `%C` and `%%` (ssh_config(5), TOKENS). Throws ConfigError on
 * others, as ssh does: a path with a token left in it would be another file.
 */
export function expandTokens(text: string, values: TokenValues): string {
  const tokens: Readonly<Record<string, () => string>> = {
    '%': () => '%',
    h: () => values.hostName,
    n: () => values.originalHost,
    p: () => String(values.port),
    r: () => values.user,
    u: () => values.localUser,
    d: () => values.home,
    i: () => String(values.uid),
    k: () => values.hostKeyAlias ?? values.originalHost,
    j: () => values.proxyJump ?? '',
    l: () => values.localHost,
    L: () => values.localHost.split('.')[0] ?? '',
    C: () => connectionHash(values),
  }
  return text.replace(/%(.?)/gs, (_whole, letter: string) => {
    const value = Object.hasOwn(tokens, letter) ? tokens[letter] : undefined
    if (value) return value()
    throw new ConfigError(`${values.what}: "${text}" has the token %${letter}, which is not known`, [], {
      hint: 'write %% for a percent sign',
    })
  })
}

/** A path: `~`, tokens, and `${NAME}` of the environment. */
export function expandPath(text: string, values: TokenValues): string {
  const home = /^~(?=\/|$)/.test(text) ? values.home.replaceAll('%', '%%') + text.slice(1) : text
  return expandTokens(expandEnvironment(home, values), values)
}

/** Values come in as they are: a percent sign in one is no token. */
function expandEnvironment(text: string, values: TokenValues): string {
  return text.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    const value = values.environment?.[name]
    if (value !== undefined) return value.replaceAll('%', '%%')
    throw new ConfigError(`${values.what}: "${text}" needs the variable ${name}, which is not set`)
  })
}

function connectionHash(values: TokenValues): string {
  return createHash('sha1')
    .update(`${values.localHost}${values.hostName}${values.port}${values.user}`)
    .digest('hex')
}
