import type { AppView, MarathonApp, ReadinessResult } from './types.ts'

export type DeploymentActionName =
  'StartApplication' | 'StopApplication' | 'ScaleApplication' | 'RestartApplication'

export interface DeploymentAction {
  readonly action: DeploymentActionName
  readonly app: string
  readonly readinessCheckResults?: readonly ReadinessResult[]
}

export interface DeploymentStep {
  readonly actions: readonly DeploymentAction[]
}

/** A deployment under way. A finished, failed or cancelled one is not listed any more. */
export interface Deployment {
  readonly id: string
  readonly version: string
  readonly affectedApps: readonly string[]
  readonly affectedPods: readonly string[]
  readonly steps: readonly DeploymentStep[]
  readonly currentActions: readonly DeploymentAction[]
  /** From 1; 0 before the first has begun. */
  readonly currentStep: number
  readonly totalSteps: number
}

export interface Group {
  readonly id: string
  readonly apps?: readonly AppView[]
  readonly groups?: readonly Group[]
  readonly dependencies?: readonly string[]
  readonly version?: string
}

/** Apps and sub-groups that are not in it are REMOVED by a PUT. */
export interface GroupUpdate {
  readonly id?: string
  readonly apps?: readonly MarathonApp[]
  readonly groups?: readonly GroupUpdate[]
  readonly dependencies?: readonly string[]
  readonly scaleBy?: number
  readonly version?: string
}

export interface MarathonInfo {
  readonly name: string
  readonly version: string
  readonly elected: boolean
  readonly leader?: string
  readonly frameworkId?: string
}
