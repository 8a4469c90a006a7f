import type { ConnectionSettings } from '../inventory/connection-vars.ts'
import { unusableKey, type LoadedKey, type PrivateKeys } from './load-private-keys.ts'
import type { AuthAttempt, AuthRecord } from './ssh-auth.ts'
import type { SshOptions } from './ssh-options.ts'
import { expandTokens } from './ssh-tokens.ts'
import type { TransportOptions } from './transport-options.ts'

export interface AttemptSources {
  readonly settings: ConnectionSettings
  readonly options: SshOptions
  readonly record: AuthRecord
  readonly transport: TransportOptions
  readonly keys: PrivateKeys
}

/** OpenSSH's own, in its order. */
const defaultIdentities = ['id_rsa', 'id_ecdsa', 'id_ed25519', 'id_dsa']

/** All ways to log in, in order: the named key, the configuration's, the agent's, the usual files, then the password. */
export async function loadAttempts(sources: AttemptSources): Promise<readonly AuthAttempt[]> {
  const { settings, options, transport } = sources
  const password = settings.password ?? transport.password
  const agent = agentOf(sources)
  const canElse = agent !== undefined || password !== undefined
  const named = options.pubkeyAuthentication
    ? await keyAttempts(namedFiles(sources), { sources, canElse })
    : []
  const usual =
    named.length > 0 || !options.pubkeyAuthentication
      ? []
      : await keyAttempts(usualFiles(sources), { sources, canElse: true })
  return [
    ...named,
    ...(agent === undefined ? [] : [{ kind: 'agent', socket: agent } as const]),
    ...usual,
    ...(password === undefined || !options.passwordAuthentication
      ? []
      : [{ kind: 'password', password } as const]),
    ...(password === undefined || !options.keyboardInteractive
      ? []
      : [{ kind: 'keyboard', password } as const]),
  ]
}

interface KeyFile {
  readonly file: string
  /** The user named it for this host himself, so that it cannot be used is worth an error. */
  readonly explicit: boolean
}

function namedFiles({ settings, options, transport }: AttemptSources): readonly KeyFile[] {
  const explicit = settings.privateKeyFile ?? transport.privateKeyFile
  const values = { ...transport, ...options, originalHost: settings.address }
  const first = explicit === undefined ? [] : [{ file: expandTokens(explicit, values), explicit: true }]
  return [...first, ...options.identityFiles.map((file) => ({ file, explicit: false }))]
}

function usualFiles({ settings, options, transport }: AttemptSources): readonly KeyFile[] {
  const isNamed =
    settings.privateKeyFile !== undefined ||
    transport.privateKeyFile !== undefined ||
    options.identityFiles.length > 0
  return isNamed
    ? []
    : defaultIdentities.map((name) => ({ file: `${transport.home}/.ssh/${name}`, explicit: false }))
}

function agentOf({ options, transport, settings }: AttemptSources): string | undefined {
  if (!options.pubkeyAuthentication || options.identityAgent === 'none') return undefined
  // IdentitiesOnly: only the named keys. With none named there would be nothing, so the agent stays.
  const isNamed = settings.privateKeyFile !== undefined || options.identityFiles.length > 0
  if (options.identitiesOnly && isNamed) return undefined
  const socket =
    options.identityAgent === undefined || options.identityAgent === 'SSH_AUTH_SOCK'
      ? transport.agentSocket
      : options.identityAgent
  return socket === '' ? undefined : socket
}

async function keyAttempts(
  files: readonly KeyFile[],
  context: { sources: AttemptSources; canElse: boolean },
): Promise<readonly AuthAttempt[]> {
  const { sources } = context
  const passphrase = sources.settings.privateKeyPassphrase
  const attempts: AuthAttempt[] = []
  for (const { file, explicit } of files) {
    const loaded: LoadedKey = await sources.keys.load({
      file,
      ...(passphrase === undefined ? {} : { passphrase }),
    })
    if ('key' in loaded) attempts.push({ kind: 'key', file, key: loaded.key })
    else if (explicit && !context.canElse) throw unusableKey(sources.settings.host, loaded)
    else if (!loaded.missing || explicit)
      sources.record.tried.push(`key ${file} (not usable: ${loaded.fault})`)
  }
  return attempts
}
