import { execFile } from 'node:child_process'
import { hostname, userInfo } from 'node:os'
import { promisify } from 'node:util'
import { assembleAlgorithms } from '../../src/connection/ssh-algorithms.ts'
import { loadSshConfig } from '../../src/connection/load-ssh-config.ts'
import { typeOptions } from '../../src/connection/ssh-options.ts'
import { collectOptions, firstOf, type SshQuery } from '../../src/connection/ssh-resolve.ts'

const run = promisify(execFile)

/** One question to both: a configuration file and the host that is asked for. */
export interface Asked {
  readonly file: string
  readonly host: string
  readonly user?: string
  readonly port?: number
  readonly exec?: boolean
  readonly environment?: Readonly<Record<string, string>>
}

/** Lines by keyword; several values of one keyword in their order. Undefined: refused as faulty. */
export type Answer = Readonly<Record<string, readonly string[]>> | undefined

const keys =
  `user hostname port addressfamily bindaddress batchmode compression connectionattempts connecttimeout hashknownhosts
hostkeyalias identitiesonly identityagent identityfile certificatefile kbdinteractiveauthentication passwordauthentication
pubkeyauthentication preferredauthentications proxycommand proxyjump serveraliveinterval serveralivecountmax
stricthostkeychecking userknownhostsfile globalknownhostsfile ciphers macs kexalgorithms hostkeyalgorithms`.split(
    /\s+/,
  )

/** What `ssh -G` prints, for the keys that kmesos obeys. */
export async function askSsh(asked: Asked): Promise<Answer> {
  const words = ['-G', '-F', asked.file]
  if (asked.user !== undefined) words.push('-l', asked.user)
  if (asked.port !== undefined) words.push('-p', String(asked.port))
  const environment = { ...process.env, ...asked.environment }
  try {
    const { stdout } = await run('ssh', [...words, '--', asked.host], { env: environment })
    return linesOf(stdout)
  } catch (error) {
    if ((error as { code?: unknown }).code === 255) return undefined
    throw error
  }
}

function linesOf(text: string): Answer {
  const answer: Record<string, string[]> = {}
  for (const line of text.split('\n')) {
    const [, key = '', value = ''] = /^(\S+) (.*)$/.exec(line) ?? []
    if (keys.includes(key)) (answer[key] ??= []).push(value)
  }
  return answer
}

/** The lists of this machine's OpenSSH: what it starts from and what it knows. */
export interface Lists {
  readonly defaults: Readonly<Record<string, readonly string[]>>
  readonly supported: Readonly<Record<string, readonly string[]>>
}

export async function readLists(): Promise<Lists> {
  const plain = await askSsh({ file: '/dev/null', host: 'x' })
  const queries = {
    ciphers: 'cipher',
    macs: 'mac',
    kexalgorithms: 'kex',
    hostkeyalgorithms: 'HostKeyAlgorithms',
  }
  const supported: Record<string, readonly string[]> = {}
  const defaults: Record<string, readonly string[]> = {}
  for (const [key, name] of Object.entries(queries)) {
    supported[key] = (await run('ssh', ['-Q', name])).stdout.trim().split('\n')
    defaults[key] = plain?.[key]?.[0]?.split(',') ?? []
  }
  return { defaults, supported }
}

/** What kmesos resolves, in the words of `ssh -G`. */
export function askKmesos(asked: Asked, lists: Lists): Answer {
  const { homedir, username, uid } = userInfo()
  const query: SshQuery = {
    ...{ originalHost: asked.host, localUser: username, localHost: hostname(), home: homedir, uid },
    environment: { ...process.env, ...asked.environment },
    ...(asked.user === undefined ? {} : { user: asked.user }),
    ...(asked.port === undefined ? {} : { port: asked.port }),
    ...(asked.exec === true ? { exec: (command) => command === 'true' } : {}),
  }
  try {
    return describe(query, asked.file, lists)
  } catch (error) {
    if ((error as Error).name === 'ConfigError') return undefined
    throw error
  }
}

const defaultIdentities = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa'].map(
  (type) => `~/.ssh/id_${type}`,
)

function describe(query: SshQuery, file: string, lists: Lists): Answer {
  const raw = collectOptions([loadSshConfig(file, query.home)], query)
  const options = typeOptions(raw, query)
  const word = (value: boolean): string => (value ? 'yes' : 'no')
  const seconds = (ms: number | undefined, none: string): string =>
    ms === undefined ? none : String(ms / 1000)
  const given = (key: string, shown = (value: string): string => value): Record<string, string[]> => {
    const value = firstOf(raw, key)
    return value === undefined ? {} : { [key]: [shown(value)] }
  }
  const list = (key: string): Record<string, string[]> => {
    const names = assembleAlgorithms(firstOf(raw, key), lists.defaults[key] ?? [], lists.supported[key] ?? [])
    return { [key]: [names.join(',')] }
  }
  const many = (key: string, otherwise: readonly string[] = []): Record<string, readonly string[]> => {
    const values = raw.get(key)?.map(([value = '']) => value) ?? otherwise
    return values.length === 0 ? {} : { [key]: values }
  }
  const home = `${query.home}/.ssh`
  const files = (value: readonly string[] | undefined, otherwise: string): string[] => [
    value === undefined ? otherwise : value.join(' '),
  ]
  return {
    user: [options.user],
    hostname: [options.hostName],
    port: [String(options.port)],
    addressfamily: [options.addressFamily ?? 'any'],
    ...given('bindaddress'),
    batchmode: [word(options.batchMode)],
    compression: [word(options.compression)],
    connectionattempts: [String(options.connectionAttempts)],
    connecttimeout: [seconds(options.connectTimeoutMs, 'none')],
    hashknownhosts: [word(options.hashKnownHosts)],
    ...given('hostkeyalias'),
    identitiesonly: [word(options.identitiesOnly)],
    ...(options.identityAgent === undefined
      ? {}
      : { identityagent: [shownAgent(raw, options.identityAgent)] }),
    ...many('identityfile', defaultIdentities),
    ...many('certificatefile'),
    kbdinteractiveauthentication: [word(options.keyboardInteractive)],
    passwordauthentication: [word(options.passwordAuthentication)],
    pubkeyauthentication: [shownPubkey(firstOf(raw, 'pubkeyauthentication'))],
    ...given('preferredauthentications'),
    ...unlessNone(given('proxycommand')),
    ...unlessNone(given('proxyjump', (jump) => jump.replaceAll('ssh://', ''))),
    serveraliveinterval: [seconds(options.keepaliveMs, '0')],
    serveralivecountmax: [String(options.keepaliveCount ?? 3)],
    stricthostkeychecking: [shownChecking(options.strictHostKeyChecking)],
    userknownhostsfile: files(options.userKnownHostsFiles, `${home}/known_hosts ${home}/known_hosts2`),
    globalknownhostsfile: files(
      options.globalKnownHostsFiles,
      '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2',
    ),
    ...list('ciphers'),
    ...list('macs'),
    ...list('kexalgorithms'),
    ...list('hostkeyalgorithms'),
  }
}

function unlessNone(answer: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(answer).filter(([, [value]]) => value?.toLowerCase() !== 'none'))
}

/** ssh prints the name of a variable that holds the agent as it is written. */
function shownAgent(raw: ReturnType<typeof collectOptions>, agent: string): string {
  const value = firstOf(raw, 'identityagent') ?? ''
  return /^\$[A-Z]/.test(value) ? value : agent
}

function shownPubkey(value: string | undefined): string {
  if (value === undefined || /^(?:yes|true)$/i.test(value)) return 'true'
  return /^(?:no|false)$/i.test(value) ? 'false' : value.toLowerCase()
}

function shownChecking(value: string | undefined): string {
  if (value === undefined) return 'ask'
  if (value === 'yes' || value === 'true') return 'true'
  return value === 'no' || value === 'false' || value === 'off' ? 'false' : value
}
