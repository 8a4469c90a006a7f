import type { Client } from 'ssh2'
import { connectionSettings, type ConnectionSettings } from '../inventory/connection-vars.ts'
import type { Host } from '../inventory/types.ts'
import { DialLimiter, defaultDialPolicy } from './dial-limiter.ts'
import { localConnection } from './local-connection.ts'
import { sshConnection } from './ssh-connection.ts'
import type { HostKeyCheck } from './host-key-check.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import { SshRoutes, type ShownHostKeys } from './ssh-routes-client.ts'
import type { Connection, Transport } from './types.ts'
import {
  defaultBecomeTimeoutMs,
  defaultReconnectTimeoutMs,
  type TransportOptions,
} from './transport-options.ts'

/** The transport of a run: picks SSH or local by a host's variables, shares jump hosts, key files and known_hosts. */
export function createTransport(options: TransportOptions): Transport {
  const open = new Set<Connection>()
  const limiter = new DialLimiter({ ...defaultDialPolicy, ...options.dialPolicy }, options.clock)
  const routes = new SshRoutes(options, limiter)
  return {
    connect: async (host, signal) => {
      const connection = await connect(host, { options, routes, signal })
      return tracked(connection, open)
    },
    reconnectTimeoutMs: (host) =>
      connectionSettings(host).reconnectTimeoutMs ?? options.reconnectTimeoutMs ?? defaultReconnectTimeoutMs,
    close: async () => {
      await Promise.all([...open].map((connection) => connection.close()))
      await routes.close()
    },
  }
}

interface ConnectContext {
  readonly options: TransportOptions
  readonly routes: SshRoutes
  readonly signal: AbortSignal | undefined
}

async function connect(host: Host, context: ConnectContext): Promise<Connection> {
  const settings: ConnectionSettings = connectionSettings(host)
  const { clock, becomeTimeoutMs = defaultBecomeTimeoutMs, commandTimeoutMs } = context.options
  const processOptions = {
    clock,
    becomeTimeoutMs: settings.becomeTimeoutMs ?? becomeTimeoutMs,
    commandTimeoutMs: settings.commandTimeoutMs ?? commandTimeoutMs,
    becomeFlags: settings.become.flags,
  }
  if (settings.kind === 'local') return localConnection(host.name, processOptions)
  const { client, user }: { client: Client; user: string } = await context.routes.open(
    settings,
    context.signal,
  )
  return sshConnection(client, { host: host.name, user }, processOptions)
}

function tracked(connection: Connection, open: Set<Connection>): Connection {
  const close = async (): Promise<void> => {
    open.delete(tracking)
    await connection.close()
  }
  const tracking: Connection = { ...connection, close }
  open.add(tracking)
  return tracking
}

/** Reads the keys that hosts show, through their jump hosts, and writes what is known of them. */
export interface HostKeyReader {
  read(host: Host, signal?: AbortSignal): Promise<ShownHostKeys>
  edit(file: string, change: (text: string) => string): Promise<void>
  /** What is known of a host, without asking it. */
  known(host: Host): HostKeyCheck
  close(): Promise<void>
}

export function createHostKeyReader(options: TransportOptions): HostKeyReader {
  const limiter = new DialLimiter({ ...defaultDialPolicy, ...options.dialPolicy }, options.clock)
  const routes = new SshRoutes(options, limiter)
  const store = new KnownHostsStore()
  return {
    read: (host, signal) => routes.hostKeys(connectionSettings(host), signal),
    edit: (file, change) => store.edit(file, change),
    known: (host) => routes.hostKeyCheck(connectionSettings(host)),
    close: () => routes.close(),
  }
}
