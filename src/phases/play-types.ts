import type { Transport } from '../connection/types.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Limiter } from '../kernel/pool.ts'
import type { ContentSource } from '../modules/types.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Handler } from '../playbook/handlers.ts'
import type { Play, Playbook } from '../playbook/types.ts'
import type { HostRecap, Reporter } from '../reporter/types.ts'
import type { AddedHost } from './play-effects.ts'
import type { HostState } from './play-host-state.ts'
import type { RunCounters } from './play-link.ts'
import type { OnceBoard } from './play-once.ts'
import type { LinkPool } from './play-link-pool.ts'
import type { QuorumTurns } from './quorum-turns.ts'

export interface RunPlaysOptions {
  readonly inventory: Inventory
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  readonly content: ContentSource
  readonly check?: boolean
  readonly diff?: boolean
  /** Hosts at once; 20 unless told. */
  readonly forks?: number
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  /** Handlers run on hosts that failed, too. */
  readonly forceHandlers?: boolean
  /** Name of the task to begin with, in the first play that has it. */
  readonly startAtTask?: string
  /** The operator's environment, for lookup('env', …). */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Only these hosts are touched; all are known. */
  readonly limit?: readonly string[]
  readonly extraVars?: Vars
  /** Masks secrets in everything that is reported. */
  readonly redact?: (text: string) => string
  readonly signal?: AbortSignal
}

/** What making plays ready needs of them: nothing that reaches a host. */
export type PlanningOptions = Omit<RunPlaysOptions, 'transport'>

export interface PlayRecap {
  readonly hosts: readonly HostRecap[]
  /** Something was changed, or in check mode would be. */
  readonly changed: boolean
  readonly failed: readonly string[]
  readonly unreachable: readonly string[]
  /** Hosts that a play did not begin on, since too many others had failed. */
  readonly notStarted: readonly string[]
  /** 0, 1 failed, 4 unreachable (and nothing failed). */
  readonly exitCode: 0 | 1 | 4
  /** What the run cost. */
  readonly counters: Readonly<RunCounters>
}

/** A play made ready: its hosts and steps are known before the first one starts. */
export interface PlayPlan {
  readonly play: Play
  readonly playbook: Playbook
  readonly hosts: readonly Host[]
  readonly hostNames: ReadonlySet<string>
  /** All tags of its steps, also of those that are not wanted. */
  readonly tags: readonly string[]
  readonly steps: readonly Step[]
  readonly handlers: readonly Handler[]
}

/** What all hosts of a running play share. */
export interface PlayState {
  readonly plan: PlayPlan
  readonly once: OnceBoard
  /** Number of each host's batch, with `serial`. */
  readonly batches: ReadonlyMap<string, number>
  /** Hosts that failed or could not be reached. */
  readonly lost: Set<string>
  /** By any_errors_fatal and max_fail_percentage: no host goes on. By `meta: end_play`: no further host begins. */
  stopped: 'no' | 'failed' | 'ended'
  /** The keyword that stopped it, and how. */
  stopReason?: string
  /** Of tasks with throttle. */
  readonly throttles: Map<object, Limiter>
  readonly started: Set<string>
  /** Hosts that have a slot now. */
  readonly running: Set<string>
  /** With `order: quorum`. */
  readonly turns?: QuorumTurns | undefined
}

/** What the run holds for all hosts. */
export interface RunTools {
  readonly options: RunPlaysOptions
  readonly stateOf: (host: string) => HostState | undefined
  readonly links: LinkPool
  readonly counters: RunCounters
  /** With the hosts and groups that tasks have added. */
  readonly inventory: () => Inventory
  readonly addHost: (host: AddedHost) => void
  readonly groupBy: (host: string, groups: readonly string[]) => void
  /** Plays after this one, for the questions ahead. */
  readonly later: readonly PlayPlan[]
}
