import type { Clock } from '../kernel/clock.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import type { Child } from './child.ts'
import type { ClusterView } from './cluster-view.ts'
import type { ConfigSource } from './config-source.ts'
import type { Identity } from './identity.ts'
import type { Log } from './log.ts'
import type { Publisher } from './publisher.ts'
import type { Accounts } from './users.ts'
import type { Acl } from '../zookeeper/types.ts'

/** What the steps of one container's life share. */
export interface Container {
  readonly identity: Identity
  readonly store: ConfigStore
  readonly layout: Layout
  /** Of everything that the container writes. */
  readonly acl: Acl
  readonly view: ClusterView
  readonly source: ConfigSource
  readonly publisher: Publisher
  readonly accounts: Accounts
  readonly clock: Clock
  readonly log: Log
  readonly redact: (text: string) => string
  /** Aborted with a StopRequest when the container is asked to end. */
  readonly signal: AbortSignal
  readonly launcher: Launcher
  /** Kolla's COPY_ONCE: what was started once never follows the configuration. */
  readonly immutable: boolean
}

/** How a command is brought to run: directly, or through Kolla's kolla_start. */
export interface Launcher {
  start(request: LaunchRequest): Promise<Child>
}

export interface LaunchRequest {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly user: string | undefined
  readonly stdin?: string | undefined
  readonly stdout: 'inherit' | 'lines'
}

/** Somebody asked us to end; the number is the signal's. */
export class StopRequest extends Error {
  readonly number: number

  constructor(name: string, number: number) {
    super(`stopped by ${name}`)
    this.number = number
  }
}

/** The spec has changed while a step of the old one was waiting: begin again with the new one. */
export class SpecChanged extends Error {}
