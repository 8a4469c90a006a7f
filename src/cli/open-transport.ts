import { homedir, hostname, userInfo } from 'node:os'
import type { Transport } from '../connection/types.ts'
import type { TransportOptions } from '../connection/transport-options.ts'
import type { TimeLimits } from '../inventory/connection-limits.ts'
import type { HostKeyMode } from '../inventory/connection-vars.ts'
import type { Secret } from '../kernel/secret.ts'
import type { OptionValues } from './options.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

/** The transport as the connection options ask for it; ssh2 is loaded here and nowhere before. */
export async function openTransport(request: Request, clients: Clients): Promise<Transport> {
  const { createTransport } = await import('../connection/host-transport.ts')
  const transport = createTransport(await transportOptions(request, clients))
  if (!clients.trace) return transport
  const { traceTransport } = await import('./trace-transport.ts')
  return traceTransport(transport, { tell: clients.trace, clock: clients.clock })
}

/** What the command line and this machine say of connections. */
export async function transportOptions({ options }: Request, clients: Clients): Promise<TransportOptions> {
  const { username, uid } = userInfo()
  const password = options.flag('ask-pass') ? await askSecret('SSH password: ', clients) : undefined
  const user = options.text('user')
  const privateKeyFile = options.text('private-key')
  const hostKeyMode = options.text('host-key-checking') as HostKeyMode | undefined
  const sshConfig = options.text('ssh-config')
  const agentSocket = process.env['SSH_AUTH_SOCK']
  return {
    clock: clients.clock,
    home: homedir(),
    localUser: username,
    localHost: hostname(),
    uid,
    environment: process.env,
    allowConfigExec: options.flag('ssh-config-exec'),
    onWarning: (text) => clients.warn(text),
    askPassphrase: (file) => askPassphrase(file, clients),
    ...(agentSocket ? { agentSocket } : {}),
    ...(sshConfig === undefined ? {} : { sshConfigFiles: [sshConfig] }),
    ...(hostKeyMode === undefined ? {} : { hostKeyMode }),
    ...(user === undefined ? {} : { user }),
    ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
    ...(password === undefined ? {} : { password }),
    ...limitsOf(options),
  }
}

function limitsOf(options: OptionValues): TimeLimits {
  const ms = (name: string): number | undefined => {
    const seconds = options.number(name)
    return seconds === undefined || seconds === 0 ? undefined : seconds * 1000
  }
  const [connect, become, command] = [ms('timeout'), ms('become-timeout'), ms('command-timeout')]
  const reconnect = ms('reconnect-timeout')
  return {
    ...(connect === undefined ? {} : { connectTimeoutMs: connect }),
    ...(become === undefined ? {} : { becomeTimeoutMs: become }),
    ...(command === undefined ? {} : { commandTimeoutMs: command }),
    ...(reconnect === undefined ? {} : { reconnectTimeoutMs: reconnect }),
  }
}

/** Asks for a secret and has it masked from then on. */
export async function askSecret(question: string, clients: Clients): Promise<Secret> {
  const { promptSecret } = await import('./prompt-secret.ts')
  const answer = await clients.hold(() => promptSecret(question))
  clients.hide([answer])
  return answer
}

/** Without a terminal nobody can answer: the key then counts as unusable, and its error says so. */
async function askPassphrase(file: string, clients: Clients): Promise<Secret | undefined> {
  return process.stdin.isTTY ? askSecret(`Passphrase of ${file}: `, clients) : undefined
}
