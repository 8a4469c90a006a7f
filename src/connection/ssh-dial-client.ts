import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import ssh2, { type Algorithms, type Client, type ConnectConfig } from 'ssh2'
import { coalesceWrites } from './coalesced-writes.ts'
import { decideHostKey, type HostKeyCheck } from './host-key-check.ts'
import { preferredHostKeys } from './known-hosts.ts'
import type { KnownHostsStore } from './known-hosts-store.ts'
import { authHandler, type AuthAttempt, type AuthRecord } from './ssh-auth.ts'
import type { SshOptions } from './ssh-options.ts'

/** All that one dial needs; nothing is looked up any more. */
export interface DialRequest {
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

/** Signature algorithms for host keys, as OpenSSH's default without certificates and SHA-1. */
const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/** A host that froze is given up after the fourth unanswered question. */
const defaultKeepaliveMs = 15_000
const defaultKeepaliveCount = 3

/** Dials, checks the host key and logs in. Rejects with ssh2's errors or the UnreachableError of the host key check. */
export async function dial(request: DialRequest, knownHosts: KnownHostsStore): Promise<Client> {
  request.signal?.throwIfAborted()
  const client = new ssh2.Client()
  let refusal: Error | undefined
  let newKey: Buffer | undefined
  const hostVerifier = (key: Buffer): boolean => {
    const decision = decideHostKey(request.check, key)
    if (!decision.accept) refusal = decision.error
    else if (decision.remember) newKey = key
    return decision.accept
  }
  try {
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
    sock: request.socket ?? tcpSocket(options),
  }
}

function tcpSocket({ hostName, port }: SshOptions): Socket {
  return coalesceWrites(new Socket()).connect({ host: hostName, port })
}

function algorithmsOf(request: DialRequest): Algorithms {
  const { options } = request
  const wanted = applyList(options.hostKeyAlgorithms, hostKeyAlgorithms)
  const lists = {
    serverHostKey: preferredHostKeys(request.check.lines, wanted),
    ...(options.ciphers === undefined ? {} : { cipher: listOption(options.ciphers) }),
    ...(options.macs === undefined ? {} : { hmac: listOption(options.macs) }),
    ...(options.kexAlgorithms === undefined ? {} : { kex: listOption(options.kexAlgorithms) }),
  }
  return lists as unknown as Algorithms
}

/** OpenSSH's `+a,b` adds, `-a,b` removes, `^a,b` puts first, anything else replaces. */
function applyList(option: string | undefined, defaults: readonly string[]): readonly string[] {
  if (option === undefined) return defaults
  const names = option.replace(/^[+\-^]/, '').split(',')
  if (option.startsWith('+')) return [...defaults, ...names]
  if (option.startsWith('-')) return defaults.filter((name) => !names.includes(name))
  if (option.startsWith('^')) return [...names, ...defaults.filter((name) => !names.includes(name))]
  return names
}

/** ssh2 has its own words for the same. */
function listOption(option: string): unknown {
  const names = option.replace(/^[+\-^]/, '').split(',')
  if (option.startsWith('+')) return { append: names }
  if (option.startsWith('-')) return { remove: names }
  if (option.startsWith('^')) return { prepend: names }
  return names
}
