import type { Transport } from '../connection/types.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import type { ContentSource } from '../modules/types.ts'
import type { Handler, Step } from '../playbook/flatten.ts'
import type { Play, Playbook } from '../playbook/types.ts'
import type { HostRecap, Reporter } from '../reporter/types.ts'
import type { HostState } from './play-host-state.ts'
import type { HostLink, RunCounters } from './play-link.ts'

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
  /** Only these hosts are touched; all are known. */
  readonly limit?: readonly string[]
  readonly extraVars?: Vars
  /** Masks secrets in everything that is reported. */
  readonly redact?: (text: string) => string
  readonly signal?: AbortSignal
}

export interface PlayRecap {
  readonly hosts: readonly HostRecap[]
  /** Something was changed, or in check mode would be. */
  readonly changed: boolean
  readonly failed: readonly string[]
  readonly unreachable: readonly string[]
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
  readonly steps: readonly Step[]
  readonly handlers: readonly Handler[]
}

/** What all hosts of a running play share. */
export interface PlayState {
  readonly plan: PlayPlan
  /** Results of run_once tasks; the first host to arrive does the task. */
  readonly once: Map<object, Promise<OnceResult>>
  /** Hosts that failed or could not be reached. */
  readonly lost: Set<string>
  /** Set by any_errors_fatal, max_fail_percentage and `meta: end_play`. */
  stopped: 'no' | 'failed' | 'ended'
}

export interface OnceResult {
  readonly failed: boolean
  readonly registered: Vars
  readonly setFacts: Vars
}

/** What the run holds for all hosts. */
export interface RunTools {
  readonly options: RunPlaysOptions
  readonly stateOf: (host: string) => HostState | undefined
  readonly linkOf: (host: string) => HostLink
  readonly counters: RunCounters
  /** Plays after this one, for the questions ahead. */
  readonly later: readonly PlayPlan[]
}
