import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { ConnectionSettings } from '../inventory/connection-vars.ts'
import { UnreachableError } from '../kernel/errors.ts'
import type { DialLimiter } from './dial-limiter.ts'
import { hostKeyCheckFor } from './host-key-files.ts'
import { forwardThrough } from './jump-client.ts'
import { jumpSettings, parseJumps, type JumpHop } from './jump-hosts.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import { loadAttempts } from './load-attempts.ts'
import { Agents } from './ssh-agent-client.ts'
import { PrivateKeys } from './load-private-keys.ts'
import { SshOptionsSource } from './load-ssh-options.ts'
import { openProxyCommand } from './proxy-command-client.ts'
import type { AuthRecord } from './ssh-auth.ts'
import { dial, type DialRequest } from './ssh-dial-client.ts'
import { explainDialError, isBusyRefusal, isConnectFailure, type DialTarget } from './ssh-errors.ts'
import type { SshOptions } from './ssh-options.ts'
import { defaultConnectTimeoutMs, type TransportOptions } from './transport-options.ts'

export interface OpenRoute {
  readonly client: Client
  readonly user: string
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
    const hops = options.proxyJump === undefined ? [] : parseJumps(options.proxyJump)
    const target = targetOf(settings, options, hops)
    const request = await this.#requestFor(settings, options, signal)
    try {
      const client = await this.#limiter.run({
        server: `${target.address}:${target.port} ${target.via.at(-1) ?? ''}`,
        prepare: () => this.#jumpFor(hops, settings, [...trail, nameOf(settings)]),
        dial: (jump) => this.#dial(request, jump),
        isBusy: isBusyRefusal,
        isWorthAnother: (error, attempt) => attempt < options.connectionAttempts && isConnectFailure(error),
        onWait: () => this.#warnBusy(target),
        signal,
      })
      return { client, user: options.user }
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
    const record: AuthRecord = { tried: [], accepted: [], offered: undefined }
    const sources = {
      settings,
      options,
      record,
      transport: this.#options,
      keys: this.#keys,
      agents: this.#agents,
    }
    return {
      host: settings.host,
      options,
      attempts: await loadAttempts(sources),
      record,
      signal,
      check: hostKeyCheckFor({ settings, options, transport: this.#options }, this.#knownHosts),
      hashNewKeys: options.hashKnownHosts,
      connectTimeoutMs:
        settings.connectTimeoutMs ??
        this.#options.connectTimeoutMs ??
        options.connectTimeoutMs ??
        defaultConnectTimeoutMs,
    }
  }

  async #dial(request: DialRequest, jump: OpenJump | undefined): Promise<Client> {
    const socket = await socketFor(request, jump)
    return dial(socket ? { ...request, socket } : request, this.#knownHosts)
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
): Promise<Duplex | undefined> {
  if (jump)
    return forwardThrough(jump.client, { jump: jump.name, address: options.hostName, port: options.port })
  return options.proxyCommand === undefined ? undefined : openProxyCommand(options.proxyCommand, host)
}
