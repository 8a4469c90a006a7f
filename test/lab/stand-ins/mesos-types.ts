import type { MesosResource } from './mesos-resources.ts'

interface Named {
  readonly value: string
}

/** What a slave tells of itself: SlaveInfo. */
export interface SlaveInfo {
  readonly hostname: string
  /** `10.0.0.1` */
  readonly address: string
  readonly port: number
  readonly attributes: Readonly<Record<string, string>>
  readonly resources: readonly MesosResource[]
}

export interface TaskInfo {
  readonly name: string
  readonly task_id: Named
  readonly agent_id: Named
  readonly resources: readonly MesosResource[]
  readonly container: {
    readonly type: 'DOCKER'
    readonly docker: { readonly image: string; readonly force_pull_image: boolean; readonly network: string }
  }
  readonly kill_policy?: { readonly grace_period: { readonly nanoseconds: number } }
  /** The container's description for Docker's API, base64. */
  readonly data: string
}

export interface TaskStatus {
  readonly task_id: Named
  readonly agent_id?: Named
  readonly state: string
  readonly message?: string
  readonly reason?: string
  readonly source?: string
  /** Base64; one that has it must be acknowledged. */
  readonly uuid?: string
  readonly timestamp: number
  readonly container_status?: { readonly network_infos: readonly object[] }
}

/** A task as the master and the slave keep it. */
export interface KnownTask {
  readonly framework: string
  readonly info: TaskInfo
  readonly status: TaskStatus
}

export interface FrameworkInfo {
  readonly name: string
  readonly user: string
  readonly id?: Named
  readonly principal?: string
  readonly failover_timeout?: number
  readonly checkpoint?: boolean
  readonly hostname?: string
  readonly roles?: readonly string[]
}

export interface Offer {
  readonly id: Named
  readonly agent_id: Named
  readonly framework_id: Named
  readonly hostname: string
  readonly resources: readonly MesosResource[]
  readonly attributes: readonly { readonly name: string; readonly type: 'TEXT'; readonly text: Named }[]
  readonly url: {
    readonly address: { readonly hostname: string; readonly ip: string; readonly port: number }
  }
}

const endStates = [
  'FINISHED',
  'FAILED',
  'KILLED',
  'LOST',
  'ERROR',
  'GONE',
  'DROPPED',
  'UNREACHABLE',
  'UNKNOWN',
]

/** A task in such a state holds no resources. */
export function isTerminal(state: string): boolean {
  return endStates.includes(state.replace('TASK_', ''))
}
