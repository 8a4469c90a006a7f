import { TouchedKeys } from '../plan/resources.ts'
import { sameBecome } from './play-ahead.ts'
import { acts, type ActingEntry, type Entry } from './play-entry.ts'

/** What a flush has to do. */
export interface TakenBatch {
  readonly entries: readonly Entry[]
  readonly acting: readonly ActingEntry[]
  /** The first entry of another user: it and all after it are planned again. */
  readonly left: Entry | undefined
}

/** More in one program would keep its first line of output, and a loop's memory, waiting. */
const mostEntries = 1_000

/** Where nothing will be applied there is nothing to save by waiting: so many are told and forgotten at a time. */
const mostQuiet = 50

/** Entries that wait to be applied and settled together, in order. */
export class Batch {
  #entries: Entry[] = []
  #acting = 0
  #touched = new TouchedKeys()
  #pending = new Set<string>()
  #names: readonly string[] = []

  push(entry: Entry): void {
    this.#entries.push(entry)
    for (const name of entry.gives) this.#addName(name)
    if (!acts(entry)) return
    this.#acting++
    this.#touched.add(entry.plan.touches)
  }

  /** Whether something would be applied. */
  get acts(): boolean {
    return this.#acting > 0
  }

  get isFull(): boolean {
    return this.#entries.length >= (this.acts ? mostEntries : mostQuiet)
  }

  /** Whether something that will be touched is among the things that are read. */
  touchesAny(reads: readonly string[]): boolean {
    return this.#touched.meets(reads)
  }

  /** Names of variables that the entries will give a value to. */
  get pending(): readonly string[] {
    return this.#names
  }

  #addName(name: string): void {
    if (this.#pending.has(name)) return
    this.#pending.add(name)
    this.#names = [...this.#pending]
  }

  /** Takes all out, undefined when nothing waits. One program has one user: what belongs to another one is left. */
  take(): TakenBatch | undefined {
    const all = this.#entries
    if (all.length === 0) return undefined
    this.#entries = []
    this.#acting = 0
    this.#touched = new TouchedKeys()
    this.#pending = new Set()
    this.#names = []
    const acting = all.filter(acts)
    const become = acting[0]?.unit.become
    const left = acting.find((entry) => !sameBecome(entry.unit.become, become))
    const entries = left ? all.slice(0, all.indexOf(left)) : all
    return { entries, acting: entries.filter(acts), left }
  }
}

export function namesPendingIn(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) => entry.gives)
}
