/** Marathon's v2 API (1.11), as data. Sources: the project's notes on Marathon; names are Marathon's own. */

import type { Network, PortDefinition, PortMapping } from './network-types.ts'

/** [field, operator] or [field, operator, value]; all strings. */
export type Constraint = readonly [field: string, operator: string, value?: string]

export type EnvValue = string | { readonly secret: string }

/** A host directory in the container; `mode` has no default. The other kinds of volumes are not typed: kmesos sends none. */
export interface HostVolume {
  readonly containerPath: string
  readonly hostPath: string
  readonly mode: 'RO' | 'RW'
}

/** Becomes `--key=value` of `docker run`. */
export interface DockerParameter {
  readonly key: string
  readonly value: string
}

export interface DockerImage {
  readonly image: string
  readonly forcePullImage?: boolean
  readonly privileged?: boolean
  readonly parameters?: readonly DockerParameter[]
}

export interface Container {
  readonly type?: 'DOCKER' | 'MESOS'
  readonly docker?: DockerImage
  readonly volumes?: readonly HostVolume[]
  readonly portMappings?: readonly PortMapping[]
}

export type HealthProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND' | 'MESOS_HTTP' | 'MESOS_HTTPS' | 'MESOS_TCP'

export interface HealthCheck {
  readonly protocol?: HealthProtocol
  readonly command?: { readonly value: string }
  readonly path?: string
  readonly port?: number
  readonly portIndex?: number
  readonly gracePeriodSeconds?: number
  readonly intervalSeconds?: number
  readonly timeoutSeconds?: number
  readonly maxConsecutiveFailures?: number
  readonly delaySeconds?: number
  readonly ipProtocol?: 'IPv4' | 'IPv6'
}

export interface ReadinessCheck {
  readonly name?: string
  readonly protocol?: 'HTTP' | 'HTTPS'
  readonly path?: string
  readonly portName?: string
  readonly intervalSeconds?: number
  readonly timeoutSeconds?: number
  readonly httpStatusCodesForReady?: readonly number[]
  readonly preserveLastResponse?: boolean
}

export interface UpgradeStrategy {
  readonly minimumHealthCapacity: number
  readonly maximumOverCapacity: number
}

export type UnreachableStrategy =
  'disabled' | { readonly inactiveAfterSeconds?: number; readonly expungeAfterSeconds?: number }

export interface Fetch {
  readonly uri: string
  readonly extract?: boolean
  readonly executable?: boolean
  readonly cache?: boolean
  readonly destPath?: string
}

/** An app as it is sent. mem and disk are MiB, cpus are shares of one CPU. Absent members take Marathon's defaults. */
export interface MarathonApp {
  readonly id: string
  readonly cmd?: string
  readonly args?: readonly string[]
  readonly instances?: number
  readonly cpus?: number
  readonly mem?: number
  readonly disk?: number
  readonly gpus?: number
  readonly resourceLimits?: { readonly cpus?: number | 'unlimited'; readonly mem?: number | 'unlimited' }
  readonly env?: Readonly<Record<string, EnvValue>>
  readonly labels?: Readonly<Record<string, string>>
  readonly user?: string
  readonly container?: Container
  readonly networks?: readonly Network[]
  readonly portDefinitions?: readonly PortDefinition[]
  readonly requirePorts?: boolean
  readonly constraints?: readonly Constraint[]
  readonly acceptedResourceRoles?: readonly string[]
  readonly role?: string
  readonly fetch?: readonly Fetch[]
  /** Apps or groups, absolute or relative to the parent group. */
  readonly dependencies?: readonly string[]
  readonly healthChecks?: readonly HealthCheck[]
  readonly readinessChecks?: readonly ReadinessCheck[]
  readonly upgradeStrategy?: UpgradeStrategy
  readonly backoffSeconds?: number
  readonly backoffFactor?: number
  readonly maxLaunchDelaySeconds?: number
  readonly taskKillGracePeriodSeconds?: number
  readonly killSelection?: 'YOUNGEST_FIRST' | 'OLDEST_FIRST'
  readonly unreachableStrategy?: UnreachableStrategy
  readonly executor?: string
  readonly secrets?: Readonly<Record<string, { readonly source: string }>>
  readonly tty?: boolean
}

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_UNREACHABLE'
  | 'TASK_FINISHED'
  | 'TASK_FAILED'
  | 'TASK_KILLED'
  | 'TASK_ERROR'
  | 'TASK_LOST'
  | 'TASK_GONE'
  | 'TASK_DROPPED'
  | 'TASK_UNKNOWN'

export interface HealthCheckResult {
  readonly alive: boolean
  readonly consecutiveFailures: number
  readonly firstSuccess?: string
  readonly lastSuccess?: string
  readonly lastFailure?: string
  readonly lastFailureCause?: string
  readonly instanceId: string
}

/** A task that has an agent; instances that wait for an offer are in the queue, not here. */
export interface Task {
  readonly id: string
  readonly appId: string
  readonly host: string
  readonly slaveId?: string
  readonly state: TaskState
  readonly stagedAt?: string
  readonly startedAt?: string
  readonly version?: string
  /** Host ports. */
  readonly ports: readonly number[]
  readonly servicePorts?: readonly number[]
  readonly ipAddresses: readonly { readonly ipAddress: string; readonly protocol: string }[]
  readonly healthCheckResults?: readonly HealthCheckResult[]
  readonly role?: string
}

/** Set for failures and unhealthy kills, not for ordinary kills nor exit code 0. One per app, overwritten. */
export interface TaskFailure {
  readonly appId: string
  readonly host: string
  readonly message: string
  readonly state: TaskState
  readonly taskId: string
  readonly timestamp: string
  readonly version: string
  readonly slaveId?: string
}

/** Members with which Marathon completes every app that it stores. Ports of 0 have become service ports. */
export interface StoredApp extends MarathonApp {
  readonly instances: number
  readonly cpus: number
  readonly mem: number
  readonly disk: number
  readonly gpus: number
  readonly labels: Readonly<Record<string, string>>
  readonly networks: readonly Network[]
  readonly requirePorts: boolean
  readonly upgradeStrategy: UpgradeStrategy
  readonly backoffSeconds: number
  readonly backoffFactor: number
  readonly maxLaunchDelaySeconds: number
  readonly killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST'
  readonly unreachableStrategy: UnreachableStrategy
  readonly executor: string
  readonly role: string
  /** ISO time, unique per change. */
  readonly version: string
  readonly versionInfo: { readonly lastScalingAt: string; readonly lastConfigChangeAt: string }
}

/** An app as it is read back: counts always, the rest when asked for (all of it in GET of one app). */
export interface AppView extends StoredApp {
  readonly tasksStaged: number
  readonly tasksRunning: number
  readonly tasksHealthy: number
  readonly tasksUnhealthy: number
  readonly deployments?: readonly { readonly id: string }[]
  readonly tasks?: readonly Task[]
  readonly lastTaskFailure?: TaskFailure
  readonly readinessCheckResults?: readonly ReadinessResult[]
}

export interface ReadinessResult {
  readonly name: string
  readonly taskId: string
  readonly ready: boolean
  readonly lastResponse?: { readonly status: number; readonly contentType: string; readonly body: string }
}

/** The answer to every change. The deployment may be over already when nothing had to be done. */
export interface DeploymentResult {
  readonly version: string
  readonly deploymentId: string
}

export interface RejectReason {
  readonly reason: string
  readonly declined: number
  readonly processed: number
}

/** Instances that wait to be launched. */
export interface QueueItem {
  readonly app: StoredApp
  readonly count: number
  readonly role?: string
  readonly since: string
  /** overdue = not delayed by backoff: waits for an offer that fits. */
  readonly delay: { readonly timeLeftSeconds: number; readonly overdue: boolean }
  readonly processedOffersSummary: {
    readonly processedOffersCount: number
    readonly unusedOffersCount: number
    readonly lastUnusedOfferAt?: string
    readonly lastUsedOfferAt?: string
    /** A funnel: each reason sees only the offers that the reasons before it let through. */
    readonly rejectSummaryLastOffers: readonly RejectReason[]
    readonly rejectSummaryLaunchAttempt: readonly RejectReason[]
  }
}
