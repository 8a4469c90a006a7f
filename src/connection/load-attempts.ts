import type { ConnectionSettings } from '../inventory/connection-vars.ts'
import { unusableKey, type PrivateKeys } from './load-private-keys.ts'
import { agentWithOnly, type Agents, type LoadedAgent } from './ssh-agent-client.ts'
import { preferredAttempts, type AuthAttempt, type AuthRecord } from './ssh-auth.ts'
import type { SshOptions } from './ssh-options.ts'
import { expandPath } from './ssh-tokens.ts'
import type { TransportOptions } from './transport-options.ts'

export interface AttemptSources {
  readonly settings: ConnectionSettings
  readonly options: SshOptions
  readonly record: AuthRecord
  readonly transport: TransportOptions
  readonly keys: PrivateKeys
  readonly agents: Agents
}

/** OpenSSH's own, in its order. */
const defaultIdentities = ['id_rsa', 'id_ecdsa', 'id_ed25519', 'id_dsa']

/** All ways to log in, in order: the named key, the configuration's, the agent's, the usual files, then the password. */
export async function loadAttempts(sources: AttemptSources): Promise<readonly AuthAttempt[]> {
  const { settings, options, transport } = sources
  const password = settings.password ?? transport.password
  const agent = await agentOf(sources)
  const all = [
    ...(options.pubkeyAuthentication ? await publicKeyAttempts(sources, agent, password !== undefined) : []),
    ...(password === undefined || !options.passwordAuthentication
      ? []
      : [{ kind: 'password', password } as const]),
    ...(password === undefined || !options.keyboardInteractive
      ? []
      : [{ kind: 'keyboard', password } as const]),
  ]
  return preferredAttempts(all, options.preferredAuthentications)
}

async function publicKeyAttempts(
  sources: AttemptSources,
  agent: LoadedAgent | undefined,
  hasPassword: boolean,
): Promise<readonly AuthAttempt[]> {
  const named = namedFiles(sources)
  // IdentitiesOnly: the agent signs for named keys alone. With none named there would be nothing, so all of it stays.
  const wholeAgent = agent && !(sources.options.identitiesOnly && named.length > 0) ? agent : undefined
  const canElse = wholeAgent !== undefined || hasPassword
  const first = await keyAttempts(named, { sources, agent, canElse })
  const usual =
    named.length > 0 ? [] : await keyAttempts(usualFiles(sources), { sources, agent, canElse: true })
  const whole = { kind: 'agent', name: 'the keys of the agent' } as const
  return [...first, ...(wholeAgent ? [{ ...whole, agent: wholeAgent.agent }] : []), ...usual]
}

interface KeyFile {
  readonly file: string
  /** The user named it for this host himself, so that it cannot be used is worth an error. */
  readonly explicit: boolean
}

function namedFiles({ settings, options, transport }: AttemptSources): readonly KeyFile[] {
  const explicit = settings.privateKeyFile ?? transport.privateKeyFile
  const what = 'ansible_ssh_private_key_file'
  const values = { ...transport, ...options, originalHost: settings.address, what }
  const first = explicit === undefined ? [] : [{ file: expandPath(explicit, values), explicit: true }]
  return [...first, ...options.identityFiles.map((file) => ({ file, explicit: false }))]
}

function usualFiles({ transport }: AttemptSources): readonly KeyFile[] {
  return defaultIdentities.map((name) => ({ file: `${transport.home}/.ssh/${name}`, explicit: false }))
}

async function agentOf({
  options,
  transport,
  agents,
  record,
}: AttemptSources): Promise<LoadedAgent | undefined> {
  if (!options.pubkeyAuthentication || options.identityAgent === 'none') return undefined
  const socket =
    options.identityAgent === undefined || options.identityAgent === 'SSH_AUTH_SOCK'
      ? transport.agentSocket
      : options.identityAgent
  if (socket === undefined || socket === '') return undefined
  const agent = await agents.load(socket)
  if (!agent) record.tried.push(`the agent at ${socket} (it does not answer)`)
  return agent && agent.keys.size > 0 ? agent : undefined
}

interface KeyContext {
  readonly sources: AttemptSources
  readonly agent: LoadedAgent | undefined
  /** Whether there is another way in, so that a key that cannot be used is no error. */
  readonly canElse: boolean
}

async function keyAttempts(
  files: readonly KeyFile[],
  { sources, agent, canElse }: KeyContext,
): Promise<readonly AuthAttempt[]> {
  const attempts: AuthAttempt[] = []
  const { settings, record, keys, options } = sources
  const passphrase = settings.privateKeyPassphrase
  for (const { file, explicit } of files) {
    const publicKey = agent && (await keys.publicKeyOf(file))
    if (agent && publicKey !== undefined && agent.keys.has(publicKey)) {
      // The agent has it unlocked: nobody needs to be asked.
      attempts.push({
        kind: 'agent',
        agent: agentWithOnly(agent, publicKey),
        name: `key ${file} (of the agent)`,
      })
      continue
    }
    const loaded = await keys.load({ file, quiet: options.batchMode, ...(passphrase ? { passphrase } : {}) })
    if ('key' in loaded) attempts.push({ kind: 'key', file, key: loaded.key })
    else if (explicit && !canElse) throw unusableKey(settings.host, loaded)
    else if (!loaded.missing || explicit) record.tried.push(`key ${file} (not usable: ${loaded.fault})`)
  }
  return attempts
}
