import type { DeploymentActionName } from '../marathon/deployment-types.ts'
import type { HealthCheckResult, ReadinessResult, StoredApp, TaskState } from '../marathon/types.ts'

/** Inclusive range of ports. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** cpus are shares of one CPU; mem and disk are MiB. */
export interface Resources {
  readonly cpus: number
  readonly mem: number
  readonly disk: number
  readonly gpus: number
  readonly ports: readonly PortRange[]
}

/** What runs tasks: this machine, or a Mesos agent of which offers came. */
export interface Agent {
  readonly id: string
  /** What tasks see as HOST, and what constraints on `hostname` compare. */
  readonly hostname: string
  /** The address that stands in `ipAddresses` of tasks on the host network. */
  readonly address: string
  readonly attributes: Readonly<Record<string, string>>
  readonly resources: Resources
}

/** Where a waiting instance may run. */
export interface Place {
  readonly agentId: string
  readonly ports: readonly number[]
}

/** Marathon's conditions of an instance, as they stand in events. */
export type Condition =
  | 'Scheduled'
  | 'Staging'
  | 'Starting'
  | 'Running'
  | 'Killing'
  | 'Finished'
  | 'Failed'
  | 'Killed'
  | 'Dropped'
  | 'Gone'

/** Running = restart it when it ends; Decommissioned = it shall end and is not replaced. */
export type Goal = 'Running' | 'Decommissioned'

/** Result of one health check of one task; a missing one has not been probed yet. */
export type HealthRecord = Omit<HealthCheckResult, 'instanceId'>

/** One running, starting or waiting copy of an app. A value: changes replace it. */
export interface Instance {
  /** `<path with _>.instance-<uuid>` */
  readonly id: string
  /** The app as it was when this copy was made. */
  readonly app: StoredApp
  readonly goal: Goal
  readonly condition: Condition
  /** Grows with each start of the same instance. */
  readonly incarnation: number
  /** When it began to wait, for the queue. ISO time. */
  readonly since: string
  readonly hostPorts: readonly number[]
  /** The agent that it was given to; undefined while it waits. */
  readonly agentId?: string
  /** Container address on bridge and container networks, else the agent's. */
  readonly address?: string
  readonly containerName?: string
  readonly stagedAt?: string
  readonly startedAt?: string
  readonly health: readonly (HealthRecord | undefined)[]
  readonly readiness?: ReadinessResult
  /** Why it is being killed; "unhealthy" kills are told as failures. */
  readonly killing?: {
    readonly reason: 'wanted' | 'unhealthy'
    readonly message: string
    readonly wipe?: boolean
  }
}

export interface PlannedAction {
  readonly action: DeploymentActionName
  readonly app: string
}

/** Bookkeeping of a RestartApplication under way: what it found when it began. */
export interface RestartBegin {
  readonly oldCount: number
  readonly killAtOnce: number
  readonly maxCapacity: number
}

export interface DeploymentRecord {
  readonly id: string
  readonly version: string
  readonly steps: readonly (readonly PlannedAction[])[]
  /** Index of the step under way; -1 before the first. */
  readonly current: number
  /** Apps before the change (null = there was none): what a revert goes back to. */
  readonly before: Readonly<Record<string, StoredApp | null>>
  /** Apps that it brings about (null = removed). */
  readonly after: Readonly<Record<string, StoredApp | null>>
  readonly restarts: Readonly<Record<string, RestartBegin>>
}

/** A group that was made or given dependencies explicitly; others exist because apps stand below them. */
export interface GroupRecord {
  readonly id: string
  readonly dependencies: readonly string[]
  readonly version: string
}

/** One version of an app; null = it was removed at that time. */
export interface HistoryEntry {
  readonly version: string
  readonly app: StoredApp | null
}

/** Terminal states that raise the launch delay. Source: Marathon's RateLimiter. */
export const backoffStates: readonly TaskState[] = [
  'TASK_FAILED',
  'TASK_FINISHED',
  'TASK_ERROR',
  'TASK_DROPPED',
  'TASK_GONE',
]
