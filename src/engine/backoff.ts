import type { StoredApp } from '../marathon/types.ts'

/** The launch delay of one app configuration. */
export interface Backoff {
  readonly delayMs: number
  /** No launch before this time. */
  readonly until: number
}

/** The delay after one more failure: backoffSeconds first, then times backoffFactor, at most maxLaunchDelaySeconds. */
export function raised(app: StoredApp, before: Backoff | undefined, nowMs: number): Backoff {
  const remembered = before && !isForgotten(app, before, nowMs) ? before : undefined
  const most = app.maxLaunchDelaySeconds * 1000
  const wanted = remembered ? remembered.delayMs * app.backoffFactor : app.backoffSeconds * 1000
  const delayMs = Math.min(wanted, most)
  return { delayMs, until: nowMs + delayMs }
}

/** A task that has lived longer than the longest delay has proved itself: the delay starts from the beginning. */
function isForgotten(app: StoredApp, backoff: Backoff, nowMs: number): boolean {
  return nowMs - backoff.until > app.maxLaunchDelaySeconds * 1000
}
