import type { Clock } from '../kernel/clock.ts'

/** sshd's own default for MaxSessions. */
const firstLimit = 10
/** A closed session is given back by sshd only after it has reaped the process, so a lone refusal is tried again. */
const loneRetries = 8
const retryDelayMs = 25

/** Bounds the channels of one connection; learns the server's limit (MaxSessions) from its refusals. */
export class ChannelLimiter {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #limit = firstLimit
  #open = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Opens a channel and runs `work` on it. `isRefusal` tells the server's limit from other failures. */
  async run<C, R>(
    open: () => Promise<C>,
    work: (channel: C) => Promise<R>,
    isRefusal: (error: unknown) => boolean,
  ): Promise<R> {
    await this.#enter()
    try {
      return await work(await this.#openWithRetries(open, isRefusal))
    } finally {
      this.#leave()
    }
  }

  async #openWithRetries<C>(open: () => Promise<C>, isRefusal: (error: unknown) => boolean): Promise<C> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await open()
      } catch (error) {
        if (!isRefusal(error)) throw error
        const others = this.#open - 1
        if (others > 0) await this.#yield(others)
        else if (attempt >= loneRetries) throw error
        else await this.#clock.sleep(retryDelayMs * (attempt + 1))
      }
    }
  }

  /** Gives the place back and waits for another to end: the server takes as many as were open besides this one. */
  async #yield(others: number): Promise<void> {
    this.#limit = Math.max(1, Math.min(this.#limit, others))
    this.#open--
    await new Promise<void>((resolve) => this.#waiting.unshift(resolve))
    this.#open++
  }

  async #enter(): Promise<void> {
    if (this.#open >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#open++
  }

  #leave(): void {
    this.#open--
    if (this.#open < this.#limit) this.#waiting.shift()?.()
  }
}
