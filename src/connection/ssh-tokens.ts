import { createHash } from 'node:crypto'

/** What OpenSSH's percent tokens stand for. */
export interface TokenValues {
  readonly originalHost: string
  readonly hostName: string
  readonly port: number
  readonly user: string
  readonly localUser: string
  readonly localHost: string
  readonly home: string
  readonly uid: number
  readonly hostKeyAlias?: string | undefined
}

/** Expands `~`, `%h`, `%n`, `%p`, `%r`, `%u`, `%d`, `%i`, `%k`, `%l`, `%L`, `%C`, `%%` (ssh_config(5), TOKENS); others stay. */
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
    l: () => values.localHost,
    L: () => values.localHost.split('.')[0] ?? '',
    C: () => connectionHash(values),
  }
  const home = /^~(?=\/|$)/.test(text) ? values.home + text.slice(1) : text
  return home.replace(/%(.)/g, (whole, letter: string) => tokens[letter]?.() ?? whole)
}

function connectionHash(values: TokenValues): string {
  return createHash('sha1')
    .update(`${values.localHost}${values.hostName}${values.port}${values.user}`)
    .digest('hex')
}
