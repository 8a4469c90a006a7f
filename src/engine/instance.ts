import { randomUUID } from 'node:crypto'
import { taskPrefixOf } from '../marathon/app-id.ts'
import type { StoredApp, TaskState } from '../marathon/types.ts'
import type { Condition, Instance } from './types.ts'

/** A new instance that waits to be launched. */
export function newInstance(app: StoredApp, nowMs: number): Instance {
  return {
    id: `${taskPrefixOf(app.id)}.instance-${randomUUID()}`,
    app,
    goal: 'Running',
    condition: 'Scheduled',
    incarnation: 1,
    since: isoTime(nowMs),
    hostPorts: [],
    health: [],
  }
}

/** The same instance waiting for its next start. */
export function nextIncarnation(instance: Instance, nowMs: number): Instance {
  const { id, app, goal, incarnation } = instance
  const next = incarnation + 1
  return {
    id,
    app,
    goal,
    condition: 'Scheduled',
    incarnation: next,
    since: isoTime(nowMs),
    hostPorts: [],
    health: [],
  }
}

export function taskIdOf(instance: Instance): string {
  return `${instance.id}._app.${instance.incarnation}`
}

/** True for an instance that has an agent: it holds resources and stands in the task list. */
export function isActive(instance: Instance): boolean {
  return ['Staging', 'Starting', 'Running', 'Killing'].includes(instance.condition)
}

const taskStates: Readonly<Record<Condition, TaskState>> = {
  Scheduled: 'TASK_STAGING',
  Staging: 'TASK_STAGING',
  Starting: 'TASK_STARTING',
  Running: 'TASK_RUNNING',
  Killing: 'TASK_KILLING',
  Finished: 'TASK_FINISHED',
  Failed: 'TASK_FAILED',
  Killed: 'TASK_KILLED',
  Dropped: 'TASK_DROPPED',
  Gone: 'TASK_GONE',
}

export function taskStateOf(condition: Condition): TaskState {
  return taskStates[condition]
}

/** True / false once every check that has a result says so; undefined without results (and without checks). */
export function healthOf(instance: Instance): boolean | undefined {
  const results = instance.health.filter((record) => record !== undefined)
  return results.length === 0 ? undefined : results.every((record) => record.alive)
}

/** Running, first healthy result seen, ready: what a deployment waits for. */
export function isReady(instance: Instance): boolean {
  if (instance.condition !== 'Running') return false
  const checks = instance.app.healthChecks?.length ?? 0
  const healthy =
    checks === 0 || (instance.health.filter(Boolean).length === checks && healthOf(instance) === true)
  const needsReadiness = (instance.app.readinessChecks?.length ?? 0) > 0
  return healthy && (!needsReadiness || instance.readiness?.ready === true)
}

/** Same configuration: only the number of instances may differ between the two apps. */
export function isCurrent(instance: Instance, app: StoredApp): boolean {
  return instance.app.versionInfo.lastConfigChangeAt === app.versionInfo.lastConfigChangeAt
}

/** `yyyy-MM-ddTHH:mm:ss.SSSZ`, as Marathon writes all times. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
