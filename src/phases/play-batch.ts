import { namesGivenBy, sameBecome } from './play-ahead.ts'
import { acts, type ActingEntry, type Entry } from './play-entry.ts'

/** What a flush has to do. */
export interface TakenBatch {
  readonly entries: readonly Entry[]
  readonly acting: readonly ActingEntry[]
  /** The first entry of another user: it and all after it are planned again. */
  readonly left: Entry | undefined
}

/** Entries that wait to be applied and settled together, in order. */
export class Batch {
  #entries: Entry[] = []
  /** Whether something would be applied. */
  acts = false
  #touches: string[] = []
  #pending: readonly string[] = []

  push(entry: Entry): void {
    this.#entries.push(entry)
    if (acts(entry)) {
      this.acts = true
      this.#touches.push(...entry.plan.touches)
    }
    const names = namesPendingIn([entry])
    if (names.length > 0) this.#pending = [...this.#pending, ...names]
  }

  /** What will be touched. */
  get touches(): readonly string[] {
    return this.#touches
  }

  /** Names of variables that the entries will give a value to. */
  get pending(): readonly string[] {
    return this.#pending
  }

  /** Takes all out, undefined when nothing waits. One program has one user: what belongs to another one is left. */
  take(): TakenBatch | undefined {
    const all = this.#entries
    if (all.length === 0) return undefined
    this.#entries = []
    this.acts = false
    this.#touches = []
    this.#pending = []
    const acting = all.filter(acts)
    const become = acting[0]?.unit.become
    const left = acting.find((entry) => !sameBecome(entry.unit.become, become))
    const entries = left ? all.slice(0, all.indexOf(left)) : all
    return { entries, acting: entries.filter(acts), left }
  }
}

export function namesPendingIn(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) => (entry.unit ? namesGivenBy(entry.unit.task) : []))
}
