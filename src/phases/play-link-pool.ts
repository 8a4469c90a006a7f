import { linkKey } from './play-links.ts'
import type { HostLink } from './play-link.ts'

/**
 * Connections kept for hosts of later plays while nobody uses them. An operator's shell allows 1,024 open files, and one
 * connection is about 100 kB here and a process on its host; to dial again costs less than a tenth of a second.
 */
const mostIdle = 400

/** The ways to all hosts of a run: made on first use, closed as soon as the last play of a host is done. */
export class LinkPool {
  readonly #make: (key: string) => HostLink
  readonly #links = new Map<string, HostLink>()
  /** Longest idle first. */
  readonly #idle = new Set<HostLink>()
  readonly #closing = new Set<Promise<void>>()

  constructor(make: (key: string) => HostLink) {
    this.#make = make
  }

  get(key: string): HostLink {
    const link = this.#links.get(key) ?? this.#make(key)
    this.#links.set(key, link)
    this.#idle.delete(link)
    return link
  }

  /** A host has ended its play. `comesAgain`: a later play has it too, so what is known of it is kept. */
  release(host: string, comesAgain: boolean): void {
    for (const key of [linkKey(host, false), linkKey(host, true)]) {
      const link = this.#links.get(key)
      // Another host has delegated a task to this one.
      if (!link || link.isBusy) continue
      if (comesAgain) this.#rest(link)
      else {
        this.#links.delete(key)
        this.#close(link)
      }
    }
  }

  async closeAll(): Promise<void> {
    for (const link of this.#links.values()) this.#close(link)
    this.#links.clear()
    await Promise.all(this.#closing)
  }

  #rest(link: HostLink): void {
    this.#idle.add(link)
    for (const oldest of this.#idle) {
      if (this.#idle.size <= mostIdle) return
      this.#idle.delete(oldest)
      this.#close(oldest)
    }
  }

  #close(link: HostLink): void {
    const closing = link.close().catch(() => undefined)
    this.#closing.add(closing)
    void closing.then(() => this.#closing.delete(closing))
  }
}
