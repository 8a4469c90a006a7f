import { NodeExistsError, NoNodeError } from '../zookeeper/errors.ts'
import type { Acl, ConfigStore } from '../zookeeper/types.ts'
import { steady } from './steady.ts'

interface Wanted {
  /** Undefined: the node shall not be there. */
  readonly data: string | undefined
  readonly ephemeral: boolean
}

interface Slot {
  wanted: Wanted
  /** What was written last; undefined = unknown. */
  written: Wanted | undefined
  /** Number of the session in which it was written: an ephemeral node of this one needs no new node. */
  session: number
  working: Promise<void> | undefined
}

/**
 * Keeps our own nodes as they shall be, through lost connections and expired sessions: only the newest wish of each path
 * counts, and ephemeral nodes are made again in a new session.
 */
export class Publisher {
  readonly #store: ConfigStore
  readonly #acl: Acl
  readonly #slots = new Map<string, Slot>()
  readonly #stopped = new AbortController()
  readonly #onFault: (error: Error) => void
  /** Counts our sessions. */
  #session = 0

  constructor(store: ConfigStore, acl: Acl, onFault: (error: Error) => void) {
    this.#store = store
    this.#acl = acl
    this.#onFault = onFault
    store.onState((state) => state === 'expired' && this.#republish(), this.#stopped.signal)
  }

  /** Resolves when it is written; a refusal goes to `onFault`, because a status that cannot be told must not stop a service. */
  put(path: string, data: string, ephemeral = false): Promise<void> {
    return this.#want(path, { data, ephemeral })
  }

  remove(path: string): Promise<void> {
    if (!this.#slots.has(path)) return Promise.resolve()
    return this.#want(path, { data: undefined, ephemeral: false })
  }

  /** No more writing from here on. */
  stop(): void {
    this.#stopped.abort(new Error('the publisher was stopped'))
  }

  #want(path: string, wanted: Wanted): Promise<void> {
    const fresh = { wanted, written: undefined, session: this.#session, working: undefined }
    const slot: Slot = this.#slots.get(path) ?? fresh
    slot.wanted = wanted
    this.#slots.set(path, slot)
    slot.working ??= this.#work(path, slot).finally(() => (slot.working = undefined))
    return slot.working
  }

  #republish(): void {
    this.#session++
    for (const [path, slot] of this.#slots) {
      if (!slot.wanted.ephemeral) continue
      // A new wish, so that a write that is under way counts as old.
      void this.#want(path, { ...slot.wanted })
    }
  }

  async #work(path: string, slot: Slot): Promise<void> {
    while (slot.written !== slot.wanted) {
      const next = slot.wanted
      const session = this.#session
      // Replaced in place, so that nobody sees it gone.
      const stands = (): boolean =>
        next.ephemeral && slot.written?.ephemeral === true && slot.session === this.#session
      try {
        await steady(this.#store, this.#stopped.signal, () => this.#write(path, next, stands()))
        slot.written = next
        slot.session = session
      } catch (error) {
        if (!this.#stopped.signal.aborted) this.#onFault(error as Error)
        return
      }
    }
  }

  async #write(path: string, wanted: Wanted, stands = false): Promise<void> {
    if (wanted.data === undefined) return this.#store.remove(path)
    // An ephemeral of that name may belong to a former session of ours: only a new one lives with this session.
    if (wanted.ephemeral && !stands) await this.#store.remove(path)
    try {
      if (wanted.ephemeral && !stands) await this.#create(path, wanted)
      else await this.#store.set(path, wanted.data)
    } catch (error) {
      if (error instanceof NodeExistsError) return this.#write(path, wanted)
      if (!(error instanceof NoNodeError) || (wanted.ephemeral && !stands)) throw error
      await this.#create(path, wanted)
    }
  }

  async #create(path: string, wanted: Wanted): Promise<void> {
    await this.#store.create(path, wanted.data ?? '', { acl: this.#acl, ephemeral: wanted.ephemeral })
  }
}
