import { ConfigError, messageOf } from '../kernel/errors.ts'
import { nearest } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'
import { countOf } from '../kernel/problems.ts'
import { Secret } from '../kernel/secret.ts'
import { becomeFlags, secondsToMs, type TimeLimits } from './connection-limits.ts'
import { splitWords } from './shell-words.ts'
import { sshOptionsOf, type SshOption } from './ssh-words.ts'
import type { Host, Vars } from './types.ts'

export type HostKeyMode = 'strict' | 'accept-new' | 'off'
export type BecomeMethod = 'sudo' | 'su' | 'doas'

/** How to reach one host, as its variables say; what they leave open is undefined. */
export interface ConnectionSettings extends TimeLimits {
  readonly host: string
  readonly kind: 'ssh' | 'local'
  /** What to dial: `ansible_host`, else the host's name. */
  readonly address: string
  readonly port?: number
  readonly user?: string
  readonly password?: Secret
  readonly privateKeyFile?: string
  readonly privateKeyPassphrase?: Secret
  /** OpenSSH options given as ssh arguments: stronger than any configuration file. */
  readonly sshOptions: readonly SshOption[]
  /** Of `-F`. */
  readonly sshConfigFile?: string
  readonly hostKeyMode?: HostKeyMode
  /** Defaults for tasks that say `become: true`. */
  readonly become: BecomeSettings
}

export interface BecomeSettings {
  /** Whether `ansible_become` asks for it on every task. */
  readonly always: boolean
  readonly user: string
  readonly method: BecomeMethod
  readonly password?: Secret
  /** Further flags for sudo, su or doas, as `-E`. */
  readonly flags?: readonly string[]
}

/** Our own names are the same with `kmesos_`; they win. */
const names = {
  host: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  password: ['ansible_password', 'ansible_ssh_password', 'ansible_ssh_pass'],
  connection: ['ansible_connection'],
  private_key_file: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  private_key_passphrase: ['ansible_ssh_private_key_passphrase', 'ansible_private_key_passphrase'],
  host_key_checking: ['ansible_host_key_checking', 'ansible_ssh_host_key_checking'],
  timeout: ['ansible_timeout', 'ansible_ssh_timeout'],
  become_timeout: ['ansible_become_timeout'],
  command_timeout: ['ansible_command_timeout'],
  reconnect_timeout: ['ansible_reconnect_timeout'],
  become: ['ansible_become'],
  become_flags: ['ansible_become_flags'],
  become_user: ['ansible_become_user'],
  become_method: ['ansible_become_method'],
  become_password: ['ansible_become_password', 'ansible_become_pass'],
  ssh_args: ['ansible_ssh_args'],
  ssh_common_args: ['ansible_ssh_common_args'],
  ssh_extra_args: ['ansible_ssh_extra_args'],
} as const
type Name = keyof typeof names

/** All names of variables that are read here. */
export const connectionVariables: readonly string[] = [
  ...Object.values(names).flat(),
  ...Object.keys(names).map((name) => `kmesos_${name}`),
]

interface Reader {
  readonly vars: Vars
  readonly host: string
  readonly problems: Problem[]
}

/** Reads a host's connection variables. Throws ConfigError that names each variable at fault. */
export function connectionSettings(host: Host): ConnectionSettings {
  const reader: Reader = { vars: host.vars, host: host.name, problems: [] }
  const settings = readSettings(reader)
  if (reader.problems.length === 0) return settings
  throw new ConfigError(
    `the connection variables of ${host.name} have ${countOf(reader.problems.length, 'problem')}:`,
    reader.problems,
  )
}

function readSettings(reader: Reader): ConnectionSettings {
  const args = readSshArguments(reader)
  return {
    host: reader.host,
    kind: readKind(reader),
    address: text(reader, 'host') ?? reader.host,
    ...present('port', port(reader)),
    ...present('user', text(reader, 'user')),
    ...present('password', secretText(reader, 'password')),
    ...present('privateKeyFile', text(reader, 'private_key_file')),
    ...present('privateKeyPassphrase', secretText(reader, 'private_key_passphrase')),
    ...present('hostKeyMode', hostKeyMode(reader)),
    ...present('connectTimeoutMs', seconds(reader, 'timeout')),
    ...present('becomeTimeoutMs', seconds(reader, 'become_timeout')),
    ...present('commandTimeoutMs', seconds(reader, 'command_timeout')),
    ...present('reconnectTimeoutMs', seconds(reader, 'reconnect_timeout')),
    ...args,
    become: readBecome(reader),
  }
}

function readBecome(reader: Reader): BecomeSettings {
  const method = oneOf(reader, 'become_method', ['sudo', 'su', 'doas'] as const)
  return {
    always: flag(reader, 'become') ?? false,
    user: text(reader, 'become_user') ?? 'root',
    method: method ?? 'sudo',
    ...present('password', secretText(reader, 'become_password')),
    ...present('flags', readBecomeFlags(reader)),
  }
}

function readKind(reader: Reader): 'ssh' | 'local' {
  const kind = oneOf(reader, 'connection', [
    'ssh',
    'local',
    'smart',
    'paramiko',
    'paramiko_ssh',
    'ansible.builtin.ssh',
    'ansible.builtin.local',
  ] as const)
  return kind === 'local' || kind === 'ansible.builtin.local' ? 'local' : 'ssh'
}

function hostKeyMode(reader: Reader): HostKeyMode | undefined {
  const [, value] = find(reader, 'host_key_checking') ?? []
  if (value === undefined) return undefined
  if (typeof value === 'boolean') return value ? 'accept-new' : 'off'
  if (typeof value === 'string' && /^(?:yes|true|no|false)$/i.test(value))
    return /^(?:yes|true)$/i.test(value) ? 'accept-new' : 'off'
  return oneOf(reader, 'host_key_checking', ['strict', 'accept-new', 'off'] as const)
}

function find(reader: Reader, name: Name): readonly [string, unknown] | undefined {
  for (const key of [`kmesos_${name}`, ...names[name]]) {
    const value = reader.vars[key]
    if (value === undefined || value === null) continue
    return [key, value instanceof Secret && !secretNames.has(name) ? opened(reader, key, value) : value]
  }
  return undefined
}

/** Those whose value stays a secret; others, encrypted or not, are needed in the open. */
const secretNames: ReadonlySet<Name> = new Set(['password', 'private_key_passphrase', 'become_password'])

function opened(reader: Reader, key: string, value: Secret): unknown {
  try {
    return value.plain()
  } catch (error) {
    return fault(reader, key, messageOf(error))
  }
}

function fault(reader: Reader, key: string, message: string): undefined {
  reader.problems.push({ where: `${reader.host}/${key}`, message })
  return undefined
}

function text(reader: Reader, name: Name): string | undefined {
  const [key = '', value] = find(reader, name) ?? []
  if (value === undefined) return undefined
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== ''
    ? value
    : fault(reader, key, 'must be a text that is not empty')
}

function secretText(reader: Reader, name: Name): Secret | undefined {
  const [key = '', value] = find(reader, name) ?? []
  if (value === undefined) return undefined
  if (value instanceof Secret) return opened(reader, key, value) === undefined ? undefined : value
  // A password of digits comes as a number out of INI and YAML.
  if (typeof value === 'string' || typeof value === 'number') return new Secret(String(value))
  return fault(reader, key, 'must be a text (its value is not shown)')
}

function port(reader: Reader): number | undefined {
  const [key = '', value] = find(reader, 'port') ?? []
  if (value === undefined) return undefined
  const number = Number(value)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  return fault(reader, key, `must be a port from 1 to 65535, got ${JSON.stringify(value)}`)
}

function seconds(reader: Reader, name: Name): number | undefined {
  const [key = '', value] = find(reader, name) ?? []
  if (value === undefined) return undefined
  return secondsToMs(value) ?? fault(reader, key, `must be a number of seconds, got ${JSON.stringify(value)}`)
}

function readBecomeFlags(reader: Reader): readonly string[] | undefined {
  const [key = '', value] = find(reader, 'become_flags') ?? []
  if (value === undefined) return undefined
  const read = becomeFlags(String(value))
  if ('fault' in read) return fault(reader, key, read.fault)
  return read.flags.length === 0 ? undefined : read.flags
}

function flag(reader: Reader, name: Name): boolean | undefined {
  const [key = '', value] = find(reader, name) ?? []
  if (value === undefined || typeof value === 'boolean') return value
  const word = String(value).toLowerCase()
  if (['yes', 'true', 'on', '1', 'y', 't'].includes(word)) return true
  if (['no', 'false', 'off', '0', 'n', 'f'].includes(word)) return false
  return fault(reader, key, `must be yes or no, got ${JSON.stringify(value)}`)
}

function oneOf<T extends string>(reader: Reader, name: Name, known: readonly T[]): T | undefined {
  const [key = '', value] = find(reader, name) ?? []
  if (value === undefined) return undefined
  const found = known.find((word) => word === value)
  if (found !== undefined) return found
  const near = nearest(String(value), known)
  const way = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
  return fault(reader, key, `"${String(value)}" is not supported; ${way}`)
}

/** Reads the words that one would give to ssh: -o Name=value, -J, -i, -p, -l, -F. The first value of a name wins. */
function readSshArguments(reader: Reader): { sshOptions: readonly SshOption[]; sshConfigFile?: string } {
  const options: SshOption[] = []
  let configFile: string | undefined
  for (const name of ['ssh_args', 'ssh_common_args', 'ssh_extra_args'] as const) {
    const [key = '', value] = find(reader, name) ?? []
    if (value === undefined) continue
    const split = splitWords(String(value), { comments: false })
    if ('fault' in split) {
      fault(reader, key, `cannot be read: ${split.fault.toLowerCase()}`)
      continue
    }
    for (const option of sshOptionsOf(split.words, (message) => void fault(reader, key, message))) {
      if (option.name === '-F') configFile = option.value
      else options.push(option)
    }
  }
  return { sshOptions: options, ...present('sshConfigFile', configFile) }
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}
