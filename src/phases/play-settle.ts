import type { Vars } from '../inventory/types.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Task } from '../playbook/types.ts'
import { renderText } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { HostContexts } from './play-contexts.ts'
import { newProgress, type Entry, type Progress } from './play-entry.ts'
import type { HostState } from './play-host-state.ts'
import type { OnceTasks } from './play-once.ts'
import type { PlayReport } from './play-report.ts'
import { isDone, loopResult, type Judged, type UnitResult } from './play-result.ts'
import type { RunTools } from './play-types.ts'
import { holds, loopItems, type Unit } from './play-unit.ts'

export type Settled = 'next' | 'again' | 'failed'

/** Takes in what became of a task: reports and counts it, registers its result, notifies handlers. */
export class Settler {
  readonly notified = new Set<string>()
  readonly progress = new Map<Step, Progress>()
  readonly #state: HostState
  readonly #tools: RunTools
  readonly #contexts: HostContexts
  readonly #once: OnceTasks
  readonly #report: PlayReport

  constructor(
    state: HostState,
    parts: {
      readonly tools: RunTools
      readonly contexts: HostContexts
      readonly once: OnceTasks
      readonly report: PlayReport
    },
  ) {
    this.#state = state
    this.#tools = parts.tools
    this.#contexts = parts.contexts
    this.#once = parts.once
    this.#report = parts.report
  }

  progressOf(step: Step, context: () => TemplateContext): Progress {
    const known = this.progress.get(step)
    if (known) return known
    const progress = newProgress(loopItems(step.node, context()))
    this.progress.set(step, progress)
    return progress
  }

  /** `again`: `until` is not satisfied and tries are left. `failed`: the step as a whole failed and nobody ignores it. */
  async settle(step: Step, entry: Entry, judged: Judged): Promise<Settled> {
    const progress = this.progress.get(step) ?? newProgress()
    if (entry.unit && (await this.#triesAgain(entry.unit, judged, progress))) return 'again'
    const open = progress.items !== undefined && entry.itemIndex < progress.items.length - 1
    this.#report.result(entry, open ? { ...judged, isItem: true } : judged, entry.unit)
    const task = step.node as Task
    const item = progress.items?.[entry.itemIndex]
    progress.results.push({ ...judged.result, ...(progress.items ? { [task.loopVar]: item, item } : {}) })
    return open ? 'next' : this.#settleStep(step, task, progress)
  }

  ignores(step: Step): boolean {
    const value = step.keywords.ignoreErrors
    return (
      value !== undefined && holds({ ...step.node, text: value as string | boolean }, this.#contexts.of(step))
    )
  }

  async #triesAgain(unit: Unit, judged: Judged, progress: Progress): Promise<boolean> {
    const { task } = unit
    if (!task.until || unit.check || judged.status === 'skipped' || isDone(unit, judged)) return false
    const number = (value: unknown, otherwise: number): number =>
      value === undefined ? otherwise : Number(renderText(String(value), unit.context, task))
    if (progress.attempt > number(task.retries, 3)) return false
    progress.attempt++
    await this.#tools.options.clock.sleep(number(task.delay, 5) * 1000, this.#tools.options.signal)
    this.#tools.linkOf(unit.delegateTo ?? this.#state.host.name).forget(['*'])
    return true
  }

  #settleStep(step: Step, task: Task, progress: Progress): Settled {
    const { results } = progress
    const result = progress.items ? loopResult(results) : (results.at(-1) as UnitResult)
    this.progress.delete(step)
    this.#register(task, result, results.at(-1)?.['ansible_facts'])
    const ignored = result.failed && this.ignores(step)
    this.#state.count(statusOf(result, ignored))
    if (result.changed && !result.failed) this.#notify(step, task)
    if (step.keywords.runOnce) this.#once.tell(task, { ...result, failed: result.failed && !ignored })
    return result.failed && !ignored ? 'failed' : 'next'
  }

  #register(task: Task, result: UnitResult, facts: unknown): void {
    if (task.register !== undefined) this.#state.register(task.register, result)
    if (task.module === 'set_fact' && facts !== undefined && !result.failed)
      this.#state.setVariables(facts as Vars)
  }

  #notify(step: Step, task: Task): void {
    const context = this.#contexts.of(step)
    // An include has no notify.
    for (const name of task.notify ?? []) this.notified.add(renderText(name, context, task))
  }
}

function statusOf(result: UnitResult, ignored: boolean): Judged['status'] {
  if (result.failed) return ignored ? 'ignored' : 'failed'
  if (result.skipped) return 'skipped'
  return result.changed ? 'changed' : 'ok'
}
