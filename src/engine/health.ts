import type { HealthCheck } from '../marathon/types.ts'
import { isoTime } from './instance.ts'
import type { HealthRecord } from './types.ts'

/** What one probe found: undefined = healthy, else why not. */
export type ProbeFailure = string | undefined

export interface HealthStep {
  readonly record: HealthRecord | undefined
  /** The task shall be killed. */
  readonly kill: boolean
}

/** Mesos-level checks run in the container's network and kill at the first failure when maxConsecutiveFailures is 0. */
export function isMesosLevel(check: HealthCheck): boolean {
  return check.protocol === 'COMMAND' || check.protocol?.startsWith('MESOS_') === true
}

/** Wait before the first probe of a task. Source: Marathon's health check docs, Mesos' delay_seconds. */
export function firstProbeAfterMs(check: HealthCheck): number {
  if (isMesosLevel(check)) return (check.delaySeconds ?? 15) * 1000
  return Math.min(check.intervalSeconds ?? 60, 5) * 1000
}

/** The record after one more probe. Failures inside the grace period do not count until the first success. */
export function afterProbe(
  check: HealthCheck,
  before: HealthRecord | undefined,
  failure: ProbeFailure,
  time: { readonly now: number; readonly startedAt: number },
): HealthStep {
  const now = isoTime(time.now)
  if (failure === undefined) {
    const firstSuccess = before?.firstSuccess ?? now
    const kept = before?.lastFailure ? { lastFailure: before.lastFailure } : {}
    return {
      record: { alive: true, consecutiveFailures: 0, firstSuccess, lastSuccess: now, ...kept },
      kill: false,
    }
  }
  const inGrace = time.now - time.startedAt < (check.gracePeriodSeconds ?? 300) * 1000
  if (inGrace && before?.firstSuccess === undefined) return { record: before, kill: false }
  const consecutiveFailures = (before?.consecutiveFailures ?? 0) + 1
  const record: HealthRecord = {
    ...before,
    alive: false,
    consecutiveFailures,
    lastFailure: now,
    lastFailureCause: failure,
  }
  return { record, kill: isTooMany(check, consecutiveFailures) }
}

function isTooMany(check: HealthCheck, failures: number): boolean {
  const most = check.maxConsecutiveFailures ?? 3
  if (most === 0) return isMesosLevel(check)
  return failures >= most
}
