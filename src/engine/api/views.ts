import type { Deployment } from '../../marathon/deployment-types.ts'
import type { AppView, ReadinessResult, StoredApp, Task } from '../../marathon/types.ts'
import { servicePortsOf } from '../../marathon/same-app.ts'
import { agentOf, type EngineContext } from '../context.ts'
import { healthOf, isActive, isCurrent, taskIdOf, taskStateOf } from '../instance.ts'
import { addressesOf } from '../task-events.ts'
import type { DeploymentRecord, Instance } from '../types.ts'

/** What goes into an app beside its definition. Names as in `?embed=`. */
export type Embed = ReadonlySet<
  'tasks' | 'counts' | 'deployments' | 'readiness' | 'lastTaskFailure' | 'taskStats'
>

export const allOfAnApp: Embed = new Set(['tasks', 'counts', 'deployments', 'readiness', 'lastTaskFailure'])

/** Reads `?embed=apps.tasks&embed=apps.counts`; unknown values are ignored. */
export function parseEmbed(values: readonly string[]): Embed {
  const names = values.map((value) => value.replace(/^(group\.apps|apps|app)\./, ''))
  const known = ['tasks', 'counts', 'deployments', 'readiness', 'lastTaskFailure', 'taskStats'] as const
  const found = known.filter((name) => names.includes(name))
  return new Set(names.includes('failures') ? [...found, 'lastTaskFailure'] : found)
}

export function appView(context: EngineContext, app: StoredApp, embed: Embed): AppView {
  const { world } = context
  const instances = world.instancesOf(app.id)
  const active = instances.filter(isActive)
  const failure = embed.has('lastTaskFailure') ? world.failures.get(app.id) : undefined
  const view: AppView = { ...app, ...countsOf(active) }
  return {
    ...view,
    ...(embed.has('deployments') ? { deployments: world.locksOf(app.id).map((id) => ({ id })) } : {}),
    ...(embed.has('tasks') ? { tasks: active.map((instance) => taskView(context, instance)) } : {}),
    ...(embed.has('readiness') ? { readinessCheckResults: readinessOf(active) } : {}),
    ...(failure ? { lastTaskFailure: failure } : {}),
    ...(embed.has('taskStats') ? { tasksStats: statistics(app, active) } : {}),
  }
}

/** Of all the app's tasks. Health counts only tasks that have results. */
export function countsOf(
  active: readonly Instance[],
): Pick<AppView, 'tasksStaged' | 'tasksRunning' | 'tasksHealthy' | 'tasksUnhealthy'> {
  const health = active.map(healthOf)
  return {
    tasksStaged: active.filter(
      (instance) => instance.condition === 'Staging' || instance.condition === 'Starting',
    ).length,
    tasksRunning: active.filter((instance) => instance.condition === 'Running').length,
    tasksHealthy: health.filter((healthy) => healthy === true).length,
    tasksUnhealthy: health.filter((healthy) => healthy === false).length,
  }
}

function statistics(app: StoredApp, active: readonly Instance[]): Record<string, object> {
  const { lastScalingAt } = app.versionInfo
  const groups: Record<string, readonly Instance[]> = {
    startedAfterLastScaling: active.filter((instance) => (instance.stagedAt ?? '') >= lastScalingAt),
    withLatestConfig: active.filter((instance) => isCurrent(instance, app)),
    withOutdatedConfig: active.filter((instance) => !isCurrent(instance, app)),
    totalSummary: active,
  }
  const filled = Object.entries(groups).filter(([, list]) => list.length > 0)
  return Object.fromEntries(
    filled.map(([name, list]) => {
      const { tasksStaged, tasksRunning, tasksHealthy, tasksUnhealthy } = countsOf(list)
      const counts = {
        staged: tasksStaged,
        running: tasksRunning,
        healthy: tasksHealthy,
        unhealthy: tasksUnhealthy,
      }
      return [name, { stats: { counts } }]
    }),
  )
}

export function taskView(context: EngineContext, instance: Instance): Task {
  const agent = agentOf(context, instance)
  const results = instance.health.filter((record) => record !== undefined && record !== null)
  return {
    id: taskIdOf(instance),
    appId: instance.app.id,
    host: agent.hostname,
    slaveId: agent.id,
    state: taskStateOf(instance.condition),
    ...(instance.stagedAt === undefined ? {} : { stagedAt: instance.stagedAt }),
    ...(instance.startedAt === undefined ? {} : { startedAt: instance.startedAt }),
    version: instance.app.version,
    ports: instance.hostPorts,
    ipAddresses: addressesOf(instance, agent.address),
    ...(results.length > 0
      ? { healthCheckResults: results.map((record) => ({ ...record, instanceId: instance.id })) }
      : {}),
    role: instance.app.role,
  }
}

/** As /v2/tasks lists it. */
export function taskViewWithServicePorts(context: EngineContext, instance: Instance): Task {
  return { ...taskView(context, instance), servicePorts: servicePortsOf(instance.app) }
}

function readinessOf(active: readonly Instance[]): readonly ReadinessResult[] {
  return active.flatMap((instance) => (instance.readiness ? [instance.readiness] : []))
}

export function deploymentView({ world }: EngineContext, record: DeploymentRecord): Deployment {
  const current = record.steps[record.current] ?? []
  return {
    id: record.id,
    version: record.version,
    affectedApps: Object.keys(record.after),
    affectedPods: [],
    steps: record.steps.map((actions) => ({ actions })),
    currentActions: current.map((action) => ({
      ...action,
      readinessCheckResults: readinessOf(world.instancesOf(action.app)),
    })),
    currentStep: record.current + 1,
    totalSteps: record.steps.length,
  }
}
