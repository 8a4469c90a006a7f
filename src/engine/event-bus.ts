import type { Clock } from '../kernel/clock.ts'
import { isoTime } from './instance.ts'

export interface EngineEvent {
  readonly eventType: string
  readonly timestamp: string
  readonly [member: string]: unknown
}

export type EventListener = (event: EngineEvent) => void

/** Hands each event to all who listen, in the order in which things happened. */
export class EventBus {
  readonly #clock: Clock
  readonly #listeners = new Set<EventListener>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  publish(eventType: string, payload: Readonly<Record<string, unknown>>): void {
    const event: EngineEvent = { ...payload, eventType, timestamp: isoTime(this.#clock.now()) }
    for (const listener of this.#listeners) listener(event)
  }

  /** Returns what ends the listening. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
