import type { TaskPlan } from '../plan/types.ts'
import type { Judged, UnitResult } from './play-result.ts'
import type { Unit } from './play-unit.ts'

/** A planned unit that waits for its turn in the next program, or for those before it. */
export interface Entry {
  readonly stepIndex: number
  readonly itemIndex: number
  readonly title: string
  readonly startedAt: number
  /** Known without the host: skipped, or failed before anything could run. */
  readonly settled?: Judged
  readonly unit?: Unit
  readonly plan?: TaskPlan
  /** Planned on what check mode would have changed. */
  readonly forecast?: boolean
}

/** An entry that changes (or waits for) something on the host. */
export type ActingEntry = Entry & { readonly unit: Unit; readonly plan: TaskPlan }

export function acts(entry: Entry): entry is ActingEntry {
  return entry.unit !== undefined && !entry.unit.check && (entry.plan?.actions.length ?? 0) > 0
}

/** How far a task has come: its items, and what became of those that are done. */
export interface Progress {
  readonly items: readonly unknown[] | undefined
  readonly results: (UnitResult & { readonly item?: unknown })[]
  /** Of `until`, from 1. */
  attempt: number
}

export function newProgress(items?: readonly unknown[]): Progress {
  return { items, results: [], attempt: 1 }
}
