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
export const defaultDialPolicy: DialPolicy = { limit: 64, attempts: 14, firstDelayMs: 100, maxDelayMs: 2000 }

interface Gate {
  limiter: Limiter
  limit: number
}

/** One dial, perhaps repeated. */
export interface Dial<P, R> {
  /** Who would refuse. */
  readonly server: string
  /** Done before each try, while no place is held: opens the jump host, if it is not open. */
  readonly prepare: () => Promise<P>
  readonly dial: (prepared: P) => Promise<R>
  /** Whether a refusal says "too many at once". */
  readonly isBusy: (error: unknown) => boolean
  /** Whether another failure is worth a further try (ConnectionAttempts). */
  readonly isWorthAnother?: (error: unknown, attempt: number) => boolean
  /** Told once, when the server keeps on refusing. */
  readonly onWait?: () => void
  readonly signal?: AbortSignal | undefined
}

/** By then about a second has gone by: worth a word. */
const toldAttempt = 4

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

  /** Dials; while the server is busy, waits longer and longer and tries again. */
  async run<P, R>(dial: Dial<P, R>): Promise<R> {
    const { server, signal } = dial
    let delayMs = this.#policy.firstDelayMs
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted()
      const gate = this.#gates.get(server)
      try {
        const prepared = await dial.prepare()
        const once = (): Promise<R> => this.#all.run(() => dial.dial(prepared))
        return await (gate ? gate.limiter.run(once) : once())
      } catch (error) {
        if (!this.#isWorthAnother(dial, error, attempt)) throw error
        if (attempt === toldAttempt) dial.onWait?.()
        // The spread keeps those that were refused together from coming back together.
        await this.#clock.sleep(delayMs * (0.5 + Math.random()), signal)
        delayMs = Math.min(delayMs * 2, this.#policy.maxDelayMs)
      }
    }
  }

  #isWorthAnother<P, R>(dial: Dial<P, R>, error: unknown, attempt: number): boolean {
    if (!dial.isBusy(error)) return dial.isWorthAnother?.(error, attempt) === true
    this.#narrow(dial.server)
    return attempt < this.#policy.attempts
  }

  #narrow(server: string): void {
    const known = this.#gates.get(server)
    const limit = known ? Math.max(1, Math.floor(known.limit / 2)) : 8
    if (known?.limit !== limit) this.#gates.set(server, { limit, limiter: new Limiter(limit) })
  }
}
