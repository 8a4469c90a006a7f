import type { Clock } from '../../src/kernel/clock.ts'

/** A clock that stands still until a test moves it. `advance` wakes sleepers in the order of their deadlines. */
export class ManualClock implements Clock {
  #now: number
  #sleepers: { readonly until: number; readonly wake: () => void }[] = []

  constructor(start = 1_700_000_000_000) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const sleeper = { until: this.#now + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal.reason as Error)
      })
    })
  }

  /** How many are asleep: lets a test wait until the code under test has reached its sleep. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  /** When the next sleeper wakes; undefined when nobody sleeps. */
  get nextWake(): number | undefined {
    return this.#sleepers.reduce<number | undefined>(
      (least, { until }) => Math.min(least ?? until, until),
      undefined,
    )
  }

  async advance(ms: number): Promise<void> {
    const target = this.#now + ms
    for (;;) {
      const due = this.#sleepers
        .filter((sleeper) => sleeper.until <= target)
        .sort((a, b) => a.until - b.until)[0]
      if (!due) break
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== due)
      this.#now = Math.max(this.#now, due.until)
      due.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#now = target
  }
}
