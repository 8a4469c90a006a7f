import type { Clock } from './clock.ts'

export interface RetryPolicy {
  /** How many tries in all; at least 1. */
  readonly attempts: number
  /** Wait before the second try. */
  readonly delayMs: number
  /** Each wait is this many times the one before it (1 = constant). */
  readonly factor?: number
  readonly maxDelayMs?: number
}

export interface RetryContext {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** False = pointless to try again. */
  readonly retryable?: (error: unknown) => boolean
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void
}

/** Tries until it works, the attempts are used up, or the error is not retryable; then throws the last error. */
export async function retry<R>(
  policy: RetryPolicy,
  context: RetryContext,
  work: (attempt: number) => Promise<R>,
): Promise<R> {
  let delayMs = policy.delayMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt >= policy.attempts || context.retryable?.(error) === false) throw error
      context.onRetry?.(error, attempt, delayMs)
      await context.clock.sleep(delayMs, context.signal)
      delayMs = Math.min(delayMs * (policy.factor ?? 1), policy.maxDelayMs ?? Number.POSITIVE_INFINITY)
    }
  }
}
