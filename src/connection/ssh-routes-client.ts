import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { ConnectionSettings } from '../inventory/connection-vars.ts'
import { UnreachableError } from '../kernel/errors.ts'
import type { DialLimiter } from './dial-limiter.ts'
import type { HostKeyCheck } from './host-key-check.ts'
import { hostKeyCheckFor } from './host-key-files.ts'
import { forwardThrough } from './jump-client.ts'
import { jumpSettings, parseJumps, type JumpHop } from './jump-hosts.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import { loadAttempts } from './load-attempts.ts'
import { Agents } from './ssh-agent-client.ts'
import { PrivateKeys } from './load-private-keys.ts'
import { SshOptionsSource } from './load-ssh-options.ts'
import { openProxyCommand } from './proxy-command-client.ts'
import { dial, type DialRequest } from './ssh-dial-client.ts'
import { explainDialError, isBusyRefusal, isConnectFailure, type DialTarget } from './ssh-errors.ts'
import { scannedTypes, shownKey } from './ssh-scan-client.ts'
import type { SshOptions } from './ssh-options.ts'
import { defaultConnectTimeoutMs, type TransportOptions } from './transport-options.ts'

export interface OpenRoute {
  readonly client: Client
  readonly user: string
}

/** One way to be gone. */
interface Destination {
  readonly settings: ConnectionSettings
  readonly request: DialRequest
  readonly trail: readonly string[]
}

/** What a host showed of itself, and what is known of it. */
export interface ShownHostKeys {
  readonly keys: readonly Buffer[]
  readonly check: HostKeyCheck
  /** Whether new names are to be hashed. */
  readonly hashed: boolean
}

/** A jump host that is open, and the one name that messages give it. */
interface OpenJump {
  readonly name: string
  readonly client: Client
}

/** Finds the way to a host (configuration, jump hosts), dials it and logs in. Jump hosts are opened once and shared. */
export class SshRoutes {
  readonly #options: TransportOptions
  readonly #limiter: DialLimiter
  readonly #knownHosts: KnownHostsStore
  readonly #keys: PrivateKeys
  readonly #agents = new Agents()
  readonly #sshOptions: SshOptionsSource
  readonly #jumps = new Map<string, Promise<OpenRoute>>()
  readonly #warned = new Set<string>()

  constructor(options: TransportOptions, limiter: DialLimiter) {
    this.#options = options
    this.#limiter = limiter
    this.#knownHosts = new KnownHostsStore()
    this.#sshOptions = new SshOptionsSource(options)
    this.#keys = new PrivateKeys(options.askPassphrase)
  }

  /** `trail`: the jump hosts on the way so far, to find a way that leads back to itself. */
  async open(
    settings: ConnectionSettings,
    signal: AbortSignal | undefined,
    trail: readonly string[] = [],
  ): Promise<OpenRoute> {
    const options = this.#sshOptions.resolve(settings)
    const request = await this.#requestFor(settings, options, signal)
    const client = await this.#reach({ settings, request, trail }, (reached) =>
      dial(reached, this.#knownHosts),
    )
    return { client, user: options.user }
  }

  /** The keys that a host shows, through its jump hosts, without logging in; and what is known of them. */
  async hostKeys(settings: ConnectionSettings, signal: AbortSignal | undefined): Promise<ShownHostKeys> {
    const options = this.#sshOptions.resolve(settings)
    const request = this.#plainRequest(settings, options, signal)
    const keys: Buffer[] = []
    for (const types of scannedTypes) {
      const key = await this.#reach({ settings, request, trail: [] }, (reached) => shownKey(reached, types))
      if (key) keys.push(key)
    }
    return { keys, check: request.check, hashed: options.hashKnownHosts }
  }

  /** What is known of a host's keys. */
  hostKeyCheck(settings: ConnectionSettings): HostKeyCheck {
    const options = this.#sshOptions.resolve(settings)
    return hostKeyCheckFor({ settings, options, transport: this.#options }, this.#knownHosts)
  }

  async #reach<R>(
    { settings, request, trail }: Destination,
    work: (request: DialRequest) => Promise<R>,
  ): Promise<R> {
    const { options, signal } = request
    const hops = options.proxyJump === undefined ? [] : parseJumps(options.proxyJump)
    const target = targetOf(settings, options, hops)
    try {
      return await this.#limiter.run({
        server: `${target.address}:${target.port} ${target.via.at(-1) ?? ''}`,
        prepare: () => this.#jumpFor(hops, settings, [...trail, nameOf(settings)]),
        dial: async (jump) => work({ ...request, ...(await socketFor(request, jump)) }),
        isBusy: isBusyRefusal,
        isWorthAnother: (error, attempt) => attempt < options.connectionAttempts && isConnectFailure(error),
        onWait: () => this.#warnBusy(target),
        signal,
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw explainDialError(error, target, request.record)
    }
  }

  async close(): Promise<void> {
    const routes = await Promise.allSettled(this.#jumps.values())
    for (const route of routes) if (route.status === 'fulfilled') route.value.client.end()
  }

  async #requestFor(
    settings: ConnectionSettings,
    options: SshOptions,
    signal: AbortSignal | undefined,
  ): Promise<DialRequest> {
    if (options.certificateFiles.length > 0) this.#warn(certificateWarning(settings.host, options))
    const request = this.#plainRequest(settings, options, signal)
    const { record } = request
    const own = { transport: this.#options, keys: this.#keys, agents: this.#agents }
    return { ...request, attempts: await loadAttempts({ settings, options, record, ...own }) }
  }

  /** Without ways to log in. */
  #plainRequest(
    settings: ConnectionSettings,
    options: SshOptions,
    signal: AbortSignal | undefined,
  ): DialRequest {
    const transport = this.#options
    return {
      host: settings.host,
      options,
      attempts: [],
      record: { tried: [], accepted: [], offered: undefined },
      signal,
      check: hostKeyCheckFor({ settings, options, transport }, this.#knownHosts),
      hashNewKeys: options.hashKnownHosts,
      connectTimeoutMs:
        settings.connectTimeoutMs ??
        transport.connectTimeoutMs ??
        options.connectTimeoutMs ??
        defaultConnectTimeoutMs,
    }
  }

  async #jumpFor(
    hops: readonly JumpHop[],
    settings: ConnectionSettings,
    trail: readonly string[],
  ): Promise<OpenJump | undefined> {
    const hop = hops.at(-1)
    if (hop === undefined) return undefined
    const inner = jumpSettings(hops, settings)
    if (trail.includes(nameOf(inner))) throw leadsBack(trail, nameOf(inner))
    const { host: _host, become: _become, ...same } = inner
    const key = JSON.stringify([same, inner.password?.reveal()])
    const opening = this.#jumps.get(key) ?? this.#openJump(key, inner, trail)
    return { name: hop.host, client: (await opening).client }
  }

  #openJump(key: string, settings: ConnectionSettings, trail: readonly string[]): Promise<OpenRoute> {
    // No signal of one host: others wait for the same jump.
    const opening = this.open(settings, undefined, trail)
    this.#jumps.set(key, opening)
    const forget = (): void => void this.#jumps.delete(key)
    opening.then((route) => route.client.once('close', forget), forget)
    return opening
  }

  #warnBusy(target: DialTarget): void {
    const way = target.via.length > 0 ? ` (through ${target.via.join(', ')})` : ''
    this.#warn(
      `${target.address}:${target.port}${way} refuses more log-ins at once (MaxStartups of its sshd); waiting and trying again`,
    )
  }

  /** Once for all hosts of a run. */
  #warn(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.#options.onWarning?.(text)
  }
}

function nameOf(settings: ConnectionSettings): string {
  return `${settings.user ?? ''}@${settings.address}:${settings.port ?? ''}`
}

function leadsBack(trail: readonly string[], name: string): UnreachableError {
  const shown = [...trail, name].map((one) => one.replace(/^@|:$/g, '')).join(' -> ')
  return new UnreachableError(`the jump hosts lead back to themselves: ${shown}`, {
    hint: 'take the jump host out of the block that names it as ProxyJump: Host * !JUMP, or ProxyJump none in a block of its own',
  })
}

function certificateWarning(host: string, options: SshOptions): string {
  return `${host}: CertificateFile ${options.certificateFiles.join(', ')} is not used; kmesos logs in with plain keys, see docs/ssh.md`
}

function targetOf(settings: ConnectionSettings, options: SshOptions, hops: readonly JumpHop[]): DialTarget {
  return {
    host: settings.host,
    address: options.hostName,
    port: options.port,
    user: options.user,
    via: hops.map((hop) => hop.host),
  }
}

async function socketFor(
  { options, host }: DialRequest,
  jump: OpenJump | undefined,
): Promise<{ readonly socket?: Duplex }> {
  const to = { address: options.hostName, port: options.port }
  if (jump) return { socket: await forwardThrough(jump.client, { jump: jump.name, ...to }) }
  return options.proxyCommand === undefined ? {} : { socket: openProxyCommand(options.proxyCommand, host) }
}
