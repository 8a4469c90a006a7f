import type { TaskPlan } from '../plan/types.ts'
import type { Task } from '../playbook/types.ts'
import { judge, type Judged, type UnitResult } from './play-result.ts'
import type { Unit } from './play-unit.ts'

/** A planned unit that waits for its turn in the next program, or for those before it. */
export interface Entry {
  readonly stepIndex: number
  readonly itemIndex: number
  readonly title: string
  readonly startedAt: number
  /** Names of variables that its step gives a value to, also when it is skipped or fails. */
  readonly gives: readonly string[]
  /** no_log of a step that has no unit. */
  readonly noLog?: boolean
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

/** Those that stand before one of them; none where it is not told. */
export function entriesBefore(one: Entry | undefined, entries: readonly Entry[]): readonly Entry[] {
  return one === undefined ? [] : entries.slice(0, entries.indexOf(one))
}

/** Whether files move between here and the host before its program starts: its step is the first of it. */
export function movesFiles(plan: TaskPlan): boolean {
  return plan.actions.some((action) => action.do === 'upload' || action.do === 'download')
}

/** What must be judged before anything after it is planned: a refusal, conditions on the result, another host's work. */
export function isJudgedFirst(
  task: Task,
  done: { readonly unit: Unit; readonly plan: TaskPlan } | undefined,
): boolean {
  if (!done) return false
  const conditions = task.failedWhen !== undefined || task.until !== undefined
  const alone = done.unit.step.keywords.ignoreUnreachable !== undefined || changesRun(task)
  return alone || conditions || done.plan.failed === true || done.unit.place !== undefined
}

/** Files here, hosts, groups, and variables whose names are not in the playbook count before the next step is looked at. */
function changesRun(task: Task): boolean {
  return ['add_host', 'group_by', 'include_vars', 'fetch'].includes(task.module)
}

/** How far a task has come: its items, and what became of those that are done. */
export interface Progress {
  readonly items: readonly unknown[] | undefined
  readonly results: (UnitResult & { readonly item?: unknown })[]
  /** Of `until`, of the item at hand, from 1. */
  attempt: number
}

export function newProgress(items?: readonly unknown[]): Progress {
  return { items, results: [], attempt: 1 }
}

/** The result of an entry that needs no program: nothing to do, refused, or only foreseen. */
export function unapplied(entry: Entry): Judged | undefined {
  if (!entry.unit || !entry.plan || acts(entry)) return undefined
  const forecast = entry.forecast === true || entry.plan.actions.length > 0
  return judge(entry.unit, entry.plan, { forecast })
}
