import type { HostKeyMode } from '../inventory/connection-vars.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Secret } from '../kernel/secret.ts'
import type { DialPolicy } from './dial-limiter.ts'
import type { AskPassphrase } from './load-private-keys.ts'

/** What of the operator's machine and command line a transport needs; made once, in wire.ts. */
export interface TransportOptions {
  readonly clock: Clock
  readonly home: string
  readonly localUser: string
  readonly localHost: string
  readonly uid: number
  /** Variables that a configuration's `${NAME}` may name. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Whether a `Match exec` of the configuration may run its command. */
  readonly allowConfigExec?: boolean
  /** SSH_AUTH_SOCK. */
  readonly agentSocket?: string
  /** Default: ~/.ssh/config and /etc/ssh/ssh_config; an empty list reads none. */
  readonly sshConfigFiles?: readonly string[]
  /** Default: what the configuration says, else ~/.ssh/known_hosts (and the system's for reading). */
  readonly knownHostsFile?: string
  /** Stronger than the inventory and the configuration; default accept-new. */
  readonly hostKeyMode?: HostKeyMode
  /** Of --user, --private-key, --ask-pass: weaker than the inventory. */
  readonly user?: string
  readonly privateKeyFile?: string
  readonly password?: Secret
  readonly askPassphrase?: AskPassphrase
  readonly connectTimeoutMs?: number
  readonly becomeTimeoutMs?: number
  readonly commandTimeoutMs?: number
  readonly reconnectTimeoutMs?: number
  readonly dialPolicy?: Partial<DialPolicy>
  /** Told what is waited for, and what of a configuration is left out. */
  readonly onWarning?: (text: string) => void
}

/** As OpenSSH's own attempts: long enough for a slow DNS on the other side. */
export const defaultConnectTimeoutMs = 20_000
export const defaultBecomeTimeoutMs = 30_000
/** A reboot, a switch that starts again. */
export const defaultReconnectTimeoutMs = 90_000
