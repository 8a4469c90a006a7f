/** What a run tells while it goes on. Doors: tree-reporter (listr2), line-reporter, json-reporter, run-journal; no phase knows which. */

/** `rescued`: it failed, and a rescue took care of it. `ignored`: it failed, and nobody minds. */
export type TaskStatus = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'rescued' | 'ignored'

/** All texts are redacted before they reach a reporter. Times: milliseconds since 1970. */
export type RunEvent =
  | RunStartedEvent
  /** A phase of the verb's visible list ("Write the configuration to ZooKeeper"). */
  | { readonly kind: 'phase-started'; readonly phase: string; readonly at: number }
  | {
      readonly kind: 'phase-ended'
      readonly phase: string
      readonly at: number
      readonly outcome: 'ok' | 'changed' | 'failed' | 'skipped'
      readonly note?: string
    }
  /** A play on hosts, inside a phase. */
  | {
      readonly kind: 'play-started'
      readonly play: string
      readonly hosts: readonly string[]
      /** Tasks that each host has before it; includes may add more. */
      readonly tasks?: number
      readonly at: number
    }
  | { readonly kind: 'play-ended'; readonly play: string; readonly at: number }
  /** A host got its slot in a play; hosts of the play without this event wait for one. */
  | { readonly kind: 'host-started'; readonly play: string; readonly host: string; readonly at: number }
  | HostEndedEvent
  | {
      readonly kind: 'task-started'
      readonly play: string
      readonly host: string
      readonly task: string
      readonly at: number
    }
  | TaskResultEvent
  /** A line of a running step's output. */
  | {
      readonly kind: 'output'
      readonly host: string
      readonly task: string
      readonly stream: 'stdout' | 'stderr'
      readonly line: string
      readonly at: number
    }
  | StateEvent
  | ChangeEvent
  | {
      readonly kind: 'message'
      readonly level: 'info' | 'warning'
      readonly text: string
      readonly at: number
    }
  | RecapEvent
  | ErrorEvent
  | { readonly kind: 'run-ended'; readonly at: number; readonly exitCode: number; readonly changed: boolean }

export interface RunStartedEvent {
  readonly kind: 'run-started'
  readonly verb: string
  readonly at: number
  readonly check: boolean
  /** user@host */
  readonly by?: string
  readonly pid?: number
  /** The words typed, without secrets. */
  readonly command?: string
}

/** A host came to its end in a play. A failure that a rescue took care of is none. */
export interface HostEndedEvent {
  readonly kind: 'host-ended'
  readonly play: string
  readonly host: string
  readonly outcome: 'ok' | 'failed' | 'unreachable'
  readonly at: number
}

export interface TaskResultEvent {
  readonly kind: 'task-result'
  readonly play: string
  readonly host: string
  readonly task: string
  readonly status: TaskStatus
  /** Why nothing was to do, what was done, or what went wrong. */
  readonly message?: string
  /** Last lines of stderr of a failure. */
  readonly detail?: string
  /** Unified diff, only with --diff. */
  readonly diff?: string
  /** True when this is what would be done (--check). */
  readonly forecast?: boolean
  /** True for an ignored failure that changed something all the same. */
  readonly changed?: boolean
  /** True for an item of a loop that others follow: the task as a whole is not done. */
  readonly item?: boolean
  readonly startedAt: number
  readonly at: number
}

/** State of something that is being waited for (service, app, member): "waiting", "running", "ready". */
export interface StateEvent {
  readonly kind: 'state'
  /** `keystone-api/daemon`, `keystone-db/create`, `zookeeper on h1`. */
  readonly subject: string
  readonly state: string
  readonly detail?: string
  /** Subjects that it waits for now; the timeline draws who waited for whom and finds the critical path by it. */
  readonly waitingFor?: readonly string[]
  /** True when nothing more is expected of the subject (ready, done, failed). */
  readonly final?: boolean
  readonly at: number
}

/** One change that is no task on a host: a node of ZooKeeper, an app, a release. */
export interface ChangeEvent {
  readonly kind: 'change'
  /** `znode /kmesos/prod/variables`, `app /kmesos/keystone-api`. */
  readonly subject: string
  /** `create`, `update`, `delete`. */
  readonly action: string
  readonly message?: string
  readonly diff?: string
  /** True when this is what would be done (--check). */
  readonly forecast?: boolean
  readonly at: number
}

/** What ended the run; printed by the command line and kept by the journal. */
export interface ErrorEvent {
  readonly kind: 'error'
  readonly message: string
  readonly detail?: string
  readonly hint?: string
  readonly exitCode: number
  readonly at: number
}

export interface RecapEvent {
  readonly kind: 'recap'
  readonly hosts: readonly HostRecap[]
  readonly at: number
}

/** A task counts once, but an ignored one that changed something is among `changed` too. */
export interface HostRecap {
  readonly host: string
  readonly ok: number
  readonly changed: number
  readonly skipped: number
  readonly failed: number
  readonly rescued: number
  readonly ignored: number
  readonly unreachable: boolean
}

export interface Reporter {
  report(event: RunEvent): void
  /** Flushes; nothing is reported afterwards. */
  close(): Promise<void>
}
