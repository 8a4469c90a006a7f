import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import type { ConnectionSettings, HostKeyMode } from '../inventory/connection-vars.ts'
import { UnreachableError, messageOf } from '../kernel/errors.ts'
import { loadAttempts } from './load-attempts.ts'
import type { DialLimiter } from './dial-limiter.ts'
import type { HostKeyCheck } from './host-key-check.ts'
import { parseJumps, type JumpHop } from './jump-hosts.ts'
import { knownHostName } from './known-hosts.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import { PrivateKeys } from './load-private-keys.ts'
import { loadSshConfig } from './load-ssh-config.ts'
import { openProxyCommand } from './proxy-command-client.ts'
import type { AuthRecord } from './ssh-auth.ts'
import type { SshConfig } from './ssh-config.ts'
import { dial, type DialRequest } from './ssh-dial-client.ts'
import { explainDialError, isBusyRefusal, type DialTarget } from './ssh-errors.ts'
import { collectOptions, typeOptions, type SshOptions, type SshQuery } from './ssh-options.ts'
import { defaultConnectTimeoutMs, type TransportOptions } from './transport-options.ts'

export interface OpenRoute {
  readonly client: Client
  readonly user: string
}

/** Finds the way to a host (configuration, jump hosts), dials it and logs in. Jump hosts are opened once and shared. */
export class SshRoutes {
  readonly #options: TransportOptions
  readonly #limiter: DialLimiter
  readonly #knownHosts = new KnownHostsStore()
  readonly #keys: PrivateKeys
  readonly #configs = new Map<string, SshConfig>()
  readonly #jumps = new Map<string, Promise<OpenRoute>>()

  constructor(options: TransportOptions, limiter: DialLimiter) {
    this.#options = options
    this.#limiter = limiter
    this.#keys = new PrivateKeys(options.askPassphrase)
  }

  async open(settings: ConnectionSettings, signal: AbortSignal | undefined): Promise<OpenRoute> {
    const options = this.#resolve(settings)
    const hops = options.proxyJump === undefined ? [] : parseJumps(options.proxyJump)
    const record: AuthRecord = { tried: [], offered: undefined }
    const target: DialTarget = {
      host: settings.host,
      address: options.hostName,
      port: options.port,
      user: options.user,
      via: hops.map((hop) => hop.host),
    }
    const attempts = await loadAttempts({
      settings,
      options,
      record,
      transport: this.#options,
      keys: this.#keys,
    })
    // A jump is opened before its users wait for a place to dial: else they could hold all places and wait for it.
    const jump = await this.#jumpFor(hops, settings)
    const request = {
      options,
      attempts,
      record,
      signal,
      check: this.#hostKeyCheck(settings, options),
      hashNewKeys: options.hashKnownHosts,
      connectTimeoutMs: this.#options.connectTimeoutMs ?? options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    }
    const dialOnce = (): Promise<Client> => this.#dial(request, { jump, options, host: settings.host })
    try {
      const server = `${options.hostName}:${options.port}`
      const client = await this.#limiter.run(server, dialOnce, { isBusy: isBusyRefusal, signal })
      return { client, user: options.user }
    } catch (error) {
      if (signal?.aborted) throw error
      throw explainDialError(error, target, record)
    }
  }

  async #dial(request: DialRequest, way: Way): Promise<Client> {
    const socket = await socketFor(way)
    return dial(socket ? { ...request, socket } : request, this.#knownHosts)
  }

  async close(): Promise<void> {
    const routes = await Promise.allSettled(this.#jumps.values())
    for (const route of routes) if (route.status === 'fulfilled') route.value.client.end()
  }

  #resolve(settings: ConnectionSettings): SshOptions {
    const { home, localUser, localHost, uid } = this.#options
    const user = settings.user ?? this.#options.user
    const query: SshQuery = {
      originalHost: settings.address,
      localUser,
      localHost,
      home,
      uid,
      ...(user === undefined ? {} : { user }),
      ...(settings.port === undefined ? {} : { port: settings.port }),
    }
    return typeOptions(collectOptions(settings.sshOptions, this.#configsFor(settings), query), query)
  }

  #configsFor(settings: ConnectionSettings): readonly SshConfig[] {
    const { home, sshConfigFiles } = this.#options
    const files =
      settings.sshConfigFile === undefined
        ? (sshConfigFiles ?? [`${home}/.ssh/config`, '/etc/ssh/ssh_config'])
        : [settings.sshConfigFile]
    return files
      .filter((file) => file !== 'none')
      .map((file) => {
        const known = this.#configs.get(file) ?? loadSshConfig(file, home)
        this.#configs.set(file, known)
        return known
      })
  }

  #hostKeyCheck(settings: ConnectionSettings, options: SshOptions): HostKeyCheck {
    const own =
      this.#options.knownHostsFile === undefined
        ? (options.userKnownHostsFiles ?? [
            `${this.#options.home}/.ssh/known_hosts`,
            `${this.#options.home}/.ssh/known_hosts2`,
          ])
        : [this.#options.knownHostsFile]
    const global = options.globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
    const name = options.hostKeyAlias?.toLowerCase() ?? knownHostName(options.hostName, options.port)
    const mode = this.#options.hostKeyMode ?? settings.hostKeyMode ?? modeOf(options.strictHostKeyChecking)
    return {
      host: settings.host,
      name,
      mode,
      lines: this.#knownHosts.linesFor([...own, ...global], name),
      file: own[0] ?? '/dev/null',
    }
  }

  async #jumpFor(hops: readonly JumpHop[], settings: ConnectionSettings): Promise<OpenJump | undefined> {
    const hop = hops.at(-1)
    if (hop === undefined) return undefined
    const before = hops.slice(0, -1)
    const inner = jumpSettings(hop, before, settings)
    const key = JSON.stringify([hop, before, inner.privateKeyFile, inner.sshConfigFile])
    const opening = this.#jumps.get(key) ?? this.#openJump(key, inner)
    return { name: hop.host, client: (await opening).client }
  }

  #openJump(key: string, settings: ConnectionSettings): Promise<OpenRoute> {
    // No signal of one host: others wait for the same jump.
    const opening = this.open(settings, undefined)
    this.#jumps.set(key, opening)
    const forget = (): void => void this.#jumps.delete(key)
    opening.then((route) => route.client.once('close', forget), forget)
    return opening
  }
}

interface OpenJump {
  readonly name: string
  readonly client: Client
}

interface Way {
  readonly jump: OpenJump | undefined
  readonly options: SshOptions
  readonly host: string
}

async function socketFor(way: Way): Promise<Duplex | undefined> {
  const { jump, options, host } = way
  if (jump) return forward(jump.client, { jump: jump.name, address: options.hostName, port: options.port })
  return options.proxyCommand === undefined ? undefined : openProxyCommand(options.proxyCommand, host)
}

/** The jump's own configuration holds for it; the host's key and password are tried there too. */
function jumpSettings(
  hop: JumpHop,
  before: readonly JumpHop[],
  settings: ConnectionSettings,
): ConnectionSettings {
  const { port: _port, user: _user, ...rest } = settings
  return {
    ...rest,
    host: hop.host,
    address: hop.host,
    ...(hop.user === undefined ? {} : { user: hop.user }),
    ...(hop.port === undefined ? {} : { port: hop.port }),
    sshOptions:
      before.length === 0
        ? settings.sshOptions.filter(
            (option) => !/^(?:proxyjump|proxycommand|hostname|port|user|hostkeyalias)$/i.test(option.name),
          )
        : [{ name: 'ProxyJump', value: before.map((one) => one.text).join(',') }],
  }
}

function modeOf(option: string | undefined): HostKeyMode {
  if (option === 'yes') return 'strict'
  return option === 'no' || option === 'off' ? 'off' : 'accept-new'
}

function forward(client: Client, to: { jump: string; address: string; port: number }): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(
        new UnreachableError(
          `jump host ${to.jump} cannot reach ${to.address}:${to.port}: ${messageOf(error)}`,
          {
            cause: error,
            hint: 'check that the jump host resolves and reaches that address, and allows AllowTcpForwarding',
          },
        ),
      )
    try {
      client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, stream) =>
        error ? fail(error) : resolve(stream),
      )
    } catch (error) {
      fail(error)
    }
  })
}
