import { setMaxListeners } from 'node:events'
import { ConnectionLostError } from './errors.ts'

/** What a watch reads: the present value, with `changed` called once after the next change of the node. */
export type WatchedRead<T> = (path: string, changed: () => void) => Promise<T>

export interface WatchListener<T> {
  readonly deliver: (value: T) => void
  readonly fail: ((error: Error) => void) | undefined
}

/**
 * One standing watch on one node for any number of listeners: read, deliver when it differs, wait for the change, again.
 * It has no opinion on connections: `rearm()` is called by the store after each reconnection.
 */
export class StandingWatch<T> {
  readonly #path: string
  readonly #read: WatchedRead<T>
  readonly #sameAs: (a: T, b: T) => boolean
  readonly #listeners = new Set<WatchListener<T>>()
  #last: { readonly value: T } | undefined
  #reading = false
  #again = false
  #round = 0

  constructor(path: string, read: WatchedRead<T>, sameAs: (a: T, b: T) => boolean) {
    this.#path = path
    this.#read = read
    this.#sameAs = sameAs
  }

  get idle(): boolean {
    return this.#listeners.size === 0
  }

  add(listener: WatchListener<T>): void {
    this.#listeners.add(listener)
    const last = this.#last
    if (!last) return this.rearm()
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) listener.deliver(last.value)
    })
  }

  remove(listener: WatchListener<T>): void {
    this.#listeners.delete(listener)
  }

  /** Reads again and sets a new watch; several calls during one reading are folded. */
  rearm(): void {
    if (this.#reading) this.#again = true
    else void this.#cycle()
  }

  async #cycle(): Promise<void> {
    this.#reading = true
    do {
      this.#again = false
      const round = ++this.#round
      try {
        const value = await this.#read(this.#path, () => {
          // Watches of former connections may still fire; only the newest one counts.
          if (round === this.#round) this.rearm()
        })
        this.#deliver(value)
      } catch (error) {
        for (const listener of [...this.#listeners]) listener.fail?.(error as Error)
      }
    } while (this.#again && !this.idle)
    this.#reading = false
  }

  #deliver(value: T): void {
    if (this.#last && this.#sameAs(this.#last.value, value)) return
    this.#last = { value }
    for (const listener of [...this.#listeners]) listener.deliver(value)
  }
}

/** The standing watches of one kind, by path. */
export class WatchTable<T> {
  readonly #watches = new Map<string, StandingWatch<T>>()
  readonly #read: WatchedRead<T>
  readonly #sameAs: (a: T, b: T) => boolean

  constructor(read: WatchedRead<T>, sameAs: (a: T, b: T) => boolean) {
    this.#read = read
    this.#sameAs = sameAs
  }

  listen(path: string, listener: WatchListener<T>, signal: AbortSignal): void {
    if (signal.aborted) return
    const watch = this.#watches.get(path) ?? new StandingWatch(path, this.#read, this.#sameAs)
    this.#watches.set(path, watch)
    watch.add(listener)
    const stop = (): void => {
      watch.remove(listener)
      if (watch.idle && this.#watches.get(path) === watch) this.#watches.delete(path)
    }
    // One signal ends hundreds of watches; Node warns from the eleventh on.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', stop, { once: true })
  }

  rearmAll(): void {
    for (const watch of this.#watches.values()) watch.rearm()
  }
}

/** A lost connection is no fault of a watch: it is set again after reconnecting. */
export function withoutLoss(
  onError: ((error: Error) => void) | undefined,
): ((error: Error) => void) | undefined {
  return onError && ((error) => error instanceof ConnectionLostError || onError(error))
}
