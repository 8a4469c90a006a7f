import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import ssh2, { type Algorithms, type Client, type ConnectConfig } from 'ssh2'
import constants from 'ssh2/lib/protocol/constants.js'
import { coalesceWrites } from './coalesced-writes.ts'
import { certificateTypes } from './host-certificate.ts'
import { decideHostKey, type HostKeyCheck } from './host-key-check.ts'
import { preferredHostKeys } from './known-hosts.ts'
import type { KnownHostsStore } from './known-hosts-store.ts'
import { signAsPlainKey } from './signed-by-certificate.ts'
import { assembleAlgorithms } from './ssh-algorithms.ts'
import { authHandler, type AuthAttempt, type AuthRecord } from './ssh-auth.ts'
import type { SshOptions } from './ssh-options.ts'

/** All that one dial needs; nothing is looked up any more. */
export interface DialRequest {
  /** The inventory's name. */
  readonly host: string
  readonly options: SshOptions
  readonly attempts: readonly AuthAttempt[]
  readonly record: AuthRecord
  readonly check: HostKeyCheck
  readonly hashNewKeys: boolean
  readonly connectTimeoutMs: number
  /** A channel through a jump host, or a ProxyCommand; else TCP is opened. */
  readonly socket?: Duplex
  readonly signal?: AbortSignal | undefined
}

/** Signature algorithms for host keys, as OpenSSH's default without SHA-1; certificates are asked for where an authority is known. */
const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]
// ssh2 refuses names that are not on its list; what it then does with a certificate is `signAsPlainKey`'s work.
for (const type of certificateTypes)
  if (!constants.SUPPORTED_SERVER_HOST_KEY.includes(type)) constants.SUPPORTED_SERVER_HOST_KEY.push(type)

/** A host that froze is given up after the fourth unanswered question. */
const defaultKeepaliveMs = 15_000
const defaultKeepaliveCount = 3

/** Dials, checks the host key and logs in. Rejects with ssh2's errors or the UnreachableError of the host key check. */
export async function dial(request: DialRequest, knownHosts: KnownHostsStore): Promise<Client> {
  request.signal?.throwIfAborted()
  const { record } = request
  record.stage = request.socket ? 'hello' : 'dial'
  record.limitMs = request.connectTimeoutMs
  const client = new ssh2.Client()
  let refusal: Error | undefined
  let newKey: Buffer | undefined
  const hostVerifier = (key: Buffer): boolean => {
    const decision = decideHostKey(request.check, key, Date.now())
    if (!decision.accept) refusal = decision.error
    else if (decision.remember) newKey = decision.key
    if (decision.accept) signAsPlainKey(client, key)
    return decision.accept
  }
  try {
    client.once('handshake', () => (record.stage = 'log-in'))
    await logIn(client, configOf(request, hostVerifier), request.signal)
  } catch (error) {
    client.on('error', () => undefined)
    client.destroy()
    throw refusal ?? error
  }
  if (newKey)
    await knownHosts.append(request.check.file, request.check.name, {
      blob: newKey,
      hashed: request.hashNewKeys,
    })
  return client
}

function logIn(client: Client, config: ConnectConfig, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal?.addEventListener('abort', abort, { once: true })
    client.once('ready', () => {
      declineHostKeyProofs(client)
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    // Errors after the log-in end the connection; channels notice their close.
    client.on('error', (error: Error & { level?: string }) => {
      // An agent that does not answer is one way less, not the end.
      if (error.level !== 'agent') reject(error)
    })
    client.once('close', () => reject(new Error('Connection lost before handshake')))
    client.connect(config)
    // Small packets both ways: waiting to fill them costs 40 ms a turn.
    client.setNoDelay(true)
  })
}

/**
 * After each log-in ssh2 has an OpenSSH server prove every host key that it has: a signature each there, and its check
 * here. We learn keys by `hostkeys scan` alone, so the server is taken for one that cannot do it. Nothing else of ssh2 that
 * we use looks at the server's version (ssh2 1.17; the test of the dial counts the requests).
 */
function declineHostKeyProofs(client: Client): void {
  ;(client as unknown as { _remoteVer: string })._remoteVer = ''
}

function configOf(request: DialRequest, hostVerifier: (key: Buffer) => boolean): ConnectConfig {
  const { options } = request
  return {
    username: options.user,
    readyTimeout: request.connectTimeoutMs,
    keepaliveInterval: options.keepaliveMs ?? defaultKeepaliveMs,
    keepaliveCountMax: options.keepaliveCount ?? defaultKeepaliveCount,
    algorithms: algorithmsOf(request),
    hostVerifier,
    authHandler: authHandler(options.user, request.attempts, request.record),
    sock: request.socket ?? tcpSocket(options, () => (request.record.stage = 'hello')),
  }
}

/** A connection of its own to the address that the configuration names. */
export function tcpSocket(options: SshOptions, onConnect: () => void): Socket {
  const { hostName, port, addressFamily, bindAddress } = options
  const family = addressFamily === undefined ? undefined : { inet: 4, inet6: 6 }[addressFamily]
  const socket = coalesceWrites(new Socket()).once('connect', onConnect)
  return socket.connect({
    host: hostName,
    port,
    ...(family === undefined ? {} : { family }),
    ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
  })
}

function algorithmsOf({ options, check }: DialRequest): Algorithms {
  const wanted = assembleAlgorithms(
    options.hostKeyAlgorithms,
    hostKeyAlgorithms,
    constants.SUPPORTED_SERVER_HOST_KEY.filter((name) => !certificateTypes.includes(name)),
  )
  const lists = {
    serverHostKey: preferredHostKeys(check.lines, wanted.length > 0 ? wanted : hostKeyAlgorithms),
    cipher: assembleAlgorithms(options.ciphers, constants.DEFAULT_CIPHER, constants.SUPPORTED_CIPHER),
    hmac: assembleAlgorithms(options.macs, constants.DEFAULT_MAC, constants.SUPPORTED_MAC),
    kex: assembleAlgorithms(options.kexAlgorithms, constants.DEFAULT_KEX, constants.SUPPORTED_KEX),
    ...(options.compression ? { compress: ['zlib@openssh.com', 'zlib', 'none'] } : {}),
  }
  // A list of which ssh2 knows nothing is its own default's turn: the server says what it misses.
  const known = Object.entries(lists).filter(([, names]) => names.length > 0)
  return Object.fromEntries(known)
}
