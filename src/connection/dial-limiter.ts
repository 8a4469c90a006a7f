import { Limiter } from '../kernel/pool.ts'
import type { Clock } from '../kernel/clock.ts'

export interface DialPolicy {
  /** Log-ins under way at once. */
  readonly limit: number
  /** How often one host is dialed when its sshd drops us before saying hello. */
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
}

/**
 * 64 log-ins at once keep one core busy with key exchanges. sshd's default MaxStartups drops the first at 10 not yet
 * logged in, and one address behind many names is rare, so waiting happens per address, when it refuses.
 */
export const defaultDialPolicy: DialPolicy = { limit: 64, attempts: 12, firstDelayMs: 100, maxDelayMs: 2000 }

interface Gate {
  limiter: Limiter
  limit: number
}

/** Bounds dials in all, and per server after it has refused one: then half as many, down to one at a time. */
export class DialLimiter {
  readonly #all: Limiter
  readonly #policy: DialPolicy
  readonly #clock: Clock
  readonly #gates = new Map<string, Gate>()

  constructor(policy: DialPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
    this.#all = new Limiter(policy.limit)
  }

  /** Runs `dial`; while `isBusy(error)` holds, waits longer and longer and tries again. `server` is who would refuse. */
  async run<R>(
    server: string,
    dial: () => Promise<R>,
    options: { isBusy: (error: unknown) => boolean; signal?: AbortSignal | undefined },
  ): Promise<R> {
    let delayMs = this.#policy.firstDelayMs
    for (let attempt = 1; ; attempt++) {
      options.signal?.throwIfAborted()
      const gate = this.#gates.get(server)
      try {
        return await this.#all.run(() => (gate ? gate.limiter.run(dial) : dial()))
      } catch (error) {
        if (attempt >= this.#policy.attempts || !options.isBusy(error)) throw error
        this.#narrow(server)
        // The spread keeps those that were refused together from coming back together.
        await this.#clock.sleep(delayMs * (0.5 + Math.random()), options.signal)
        delayMs = Math.min(delayMs * 2, this.#policy.maxDelayMs)
      }
    }
  }

  #narrow(server: string): void {
    const known = this.#gates.get(server)
    const limit = known ? Math.max(1, Math.floor(known.limit / 2)) : 8
    if (known?.limit !== limit) this.#gates.set(server, { limit, limiter: new Limiter(limit) })
  }
}
