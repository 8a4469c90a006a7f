import type { StoredApp } from '../marathon/types.ts'
import { healthOf, isReady } from './instance.ts'
import type { Instance, RestartBegin } from './types.ts'

/** What a rolling replacement does next: which old instances to end, how many new ones to start. */
export interface RestartMove {
  readonly kill: readonly Instance[]
  readonly start: number
  readonly done: boolean
}

/** The arithmetic of an app's upgradeStrategy, fixed when the replacement begins. */
export function beginRestart(app: StoredApp, old: readonly Instance[]): RestartBegin {
  const { minimumHealthCapacity, maximumOverCapacity } = app.upgradeStrategy
  const minHealthy = Math.ceil(app.instances * minimumHealthCapacity)
  const maxCapacity = Math.floor(app.instances * (1 + maximumOverCapacity))
  const healthyOld = old.filter(
    (instance) => instance.condition === 'Running' && healthOf(instance) !== false,
  ).length
  // Nothing could move if neither one more nor one less were allowed: Marathon then starts one more.
  const extra = minHealthy === maxCapacity && maxCapacity <= healthyOld ? 1 : 0
  const killAtOnce = Math.max(0, healthyOld - minHealthy) + (old.length - healthyOld)
  return { oldCount: old.length, killAtOnce, maxCapacity: maxCapacity + extra }
}

/** The next move. `old` and `fresh` are all instances not yet ended, of former configurations and of the wanted one. */
export function nextMove(
  app: StoredApp,
  begin: RestartBegin,
  old: readonly Instance[],
  fresh: readonly Instance[],
): RestartMove {
  const ready = fresh.filter(isReady).length
  const allowed = ready >= app.instances ? begin.oldCount : begin.killAtOnce + ready
  const leaving = old.filter((instance) => instance.goal === 'Decommissioned').length
  const already = begin.oldCount - old.length + leaving
  const candidates = old.filter((instance) => instance.goal === 'Running').sort(byKillOrder(app))
  const kill = candidates.slice(0, Math.max(0, allowed - already))
  const room = begin.maxCapacity - old.length - fresh.length
  const start = Math.max(0, Math.min(app.instances - fresh.length, room))
  const done = old.length === 0 && fresh.length === app.instances && ready === app.instances
  return { kill, start, done }
}

const conditionOrder = ['Scheduled', 'Staging', 'Starting', 'Running']

/** Waiting ones first, then those that start, then the unhealthy, then by killSelection. */
export function byKillOrder(app: StoredApp): (a: Instance, b: Instance) => number {
  const sign = app.killSelection === 'OLDEST_FIRST' ? 1 : -1
  const rank = (instance: Instance): number =>
    conditionOrder.indexOf(instance.condition) * 2 + (healthOf(instance) === false ? 0 : 1)
  return (a, b) =>
    rank(a) - rank(b) ||
    sign * (a.startedAt ?? a.since).localeCompare(b.startedAt ?? b.since) ||
    a.id.localeCompare(b.id)
}
