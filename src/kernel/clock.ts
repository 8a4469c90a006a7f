import { setTimeout as delay } from 'node:timers/promises'

/** Time, handed in where it is needed; tests pass a manual clock (test/fakes/manual-clock.ts) and wait for nothing. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      // Node's own error hides the reason among its causes.
      signal?.throwIfAborted()
      throw error
    })
  },
}
