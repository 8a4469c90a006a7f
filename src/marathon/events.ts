import type { DeploymentStep } from './deployment-types.ts'
import type { TaskState } from './types.ts'

/** What a deployment event tells of its plan (the light form, the only one since 1.8). */
export interface EventPlan {
  readonly id: string
  readonly version: string
  readonly steps: readonly DeploymentStep[]
}

interface EventHead<Type extends string> {
  readonly eventType: Type
  /** ISO time. */
  readonly timestamp: string
}

export interface StatusUpdateEvent extends EventHead<'status_update_event'> {
  readonly slaveId: string
  readonly taskId: string
  readonly taskStatus: TaskState
  readonly message: string
  readonly appId: string
  readonly host: string
  readonly ipAddresses: readonly { readonly ipAddress: string; readonly protocol: string }[]
  readonly ports: readonly number[]
  readonly version: string
}

/** The event types that kmesos reads; Marathon may send others, which arrive as OtherEvent. */
export type KnownEvent =
  | StatusUpdateEvent
  | (EventHead<'event_stream_attached'> & { readonly remoteAddress: string })
  | (EventHead<'deployment_info'> & { readonly plan: EventPlan; readonly currentStep: DeploymentStep })
  | (EventHead<'deployment_step_success'> & {
      readonly plan: EventPlan
      readonly currentStep: DeploymentStep
    })
  | (EventHead<'deployment_step_failure'> & {
      readonly plan: EventPlan
      readonly currentStep: DeploymentStep
    })
  | (EventHead<'deployment_success'> & { readonly id: string; readonly plan: EventPlan })
  | (EventHead<'deployment_failed'> & {
      readonly id: string
      readonly plan: EventPlan
      readonly reason?: string
    })
  | (EventHead<'group_change_success'> & { readonly groupId: string; readonly version: string })
  | (EventHead<'group_change_failed'> & {
      readonly groupId: string
      readonly version: string
      readonly reason: string
    })
  | (EventHead<'instance_changed_event'> & {
      readonly instanceId: string
      readonly condition: string
      readonly runSpecId: string
      readonly agentId: string
      readonly host: string
      readonly runSpecVersion: string
    })
  | (EventHead<'instance_health_changed_event'> & {
      readonly instanceId: string
      readonly runSpecId: string
      readonly healthy: boolean
      readonly runSpecVersion: string
    })
  | (EventHead<'health_status_changed_event'> & {
      readonly appId: string
      readonly instanceId: string
      readonly version: string
      readonly alive: boolean
    })
  | (EventHead<'failed_health_check_event'> & { readonly appId: string; readonly taskId: string })
  | (EventHead<'unhealthy_instance_kill_event'> & {
      readonly appId: string
      readonly taskId: string
      readonly instanceId: string
      readonly version: string
      readonly reason: string
      readonly host: string
      readonly slaveId: string
    })
  | (EventHead<'app_terminated_event'> & { readonly appId: string })

export interface OtherEvent {
  readonly eventType: string
  readonly timestamp: string
}

export type MarathonEvent = KnownEvent | OtherEvent

/** Narrows an event by its type: `if (isEvent(event, 'deployment_success')) event.id`. */
export function isEvent<Type extends KnownEvent['eventType']>(
  event: MarathonEvent,
  type: Type,
): event is Extract<KnownEvent, { readonly eventType: Type }> {
  return event.eventType === type
}
