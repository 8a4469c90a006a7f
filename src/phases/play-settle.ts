import type { Step } from '../playbook/flatten.ts'
import type { Task } from '../playbook/types.ts'
import { loopItems } from '../playbook/loop-items.ts'
import { renderText, renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { holds } from './play-conditions.ts'
import type { HostContexts } from './play-contexts.ts'
import { newProgress, type Entry, type Progress } from './play-entry.ts'
import { takeEffects } from './play-effects.ts'
import type { BlockFlow } from './play-flow.ts'
import { notifiedBy, type Notified } from './play-handlers.ts'
import type { HostState } from './play-host-state.ts'
import { isOnce, type OnceTasks } from './play-once.ts'
import type { PlayReport } from './play-report.ts'
import type { RoleRuns } from './play-roles.ts'
import { isDone, loopResult, outOfTries, withAttempts, type Judged, type UnitResult } from './play-result.ts'
import type { RunTools } from './play-types.ts'
import type { Unit } from './play-unit.ts'

/** `again`: `until` is not satisfied and tries are left. `failed`: the step as a whole failed and nobody ignores it. */
export type Settled =
  { readonly how: 'next' | 'again' } | { readonly how: 'failed'; readonly result: UnitResult }

const next: Settled = { how: 'next' }

/** Takes in what became of a task: reports and counts it, registers its result, notifies handlers. */
export class Settler {
  readonly notified: Notified[] = []
  readonly progress = new Map<Step, Progress>()
  readonly #state: HostState
  readonly #tools: RunTools
  readonly #contexts: HostContexts
  readonly #once: OnceTasks
  readonly #flow: BlockFlow
  readonly #roles: RoleRuns
  readonly #report: PlayReport

  constructor(
    state: HostState,
    parts: {
      readonly tools: RunTools
      readonly contexts: HostContexts
      readonly once: OnceTasks
      readonly flow: BlockFlow
      readonly roles: RoleRuns
      readonly report: PlayReport
    },
  ) {
    this.#state = state
    this.#tools = parts.tools
    this.#contexts = parts.contexts
    this.#once = parts.once
    this.#flow = parts.flow
    this.#roles = parts.roles
    this.#report = parts.report
  }

  progressOf(step: Step, context: () => TemplateContext): Progress {
    const known = this.progress.get(step)
    if (known) return known
    const progress = newProgress(loopItems(step.node as Task, context()))
    this.progress.set(step, progress)
    return progress
  }

  async settle(step: Step, entry: Entry, first: Judged): Promise<Settled> {
    const progress = this.progress.get(step) ?? newProgress()
    const { unit } = entry
    const judged = unit?.task.until && !unit.check ? await this.#tried(unit, first, progress) : first
    if (!judged) return { how: 'again' }
    progress.attempt = 1
    const open = progress.items !== undefined && entry.itemIndex < progress.items.length - 1
    const isRescued = judged.status === 'failed' && this.#flow.rescues(step)
    const told = isRescued ? { ...judged, status: 'rescued' as const } : judged
    this.#report.result(entry, open ? { ...told, isItem: true } : told, {
      noLog: entry.unit?.noLog ?? entry.noLog ?? false,
      diff: entry.unit?.diff ?? false,
    })
    const task = step.node as Task
    const item = progress.items?.[entry.itemIndex]
    const about = progress.items ? { [task.loopVar]: item, item, ansible_loop_var: task.loopVar } : {}
    const result = { ...judged.result, ...about }
    progress.results.push(result)
    // Items see what those before them have set.
    if (open && task.module === 'set_fact') this.#takeEffects(step, task, [result])
    return open ? next : this.#settleStep(step, task, progress)
  }

  ignores(step: Step): boolean {
    const value = step.keywords.ignoreErrors
    return (
      value !== undefined && holds({ ...step.node, text: value as string | boolean }, this.#contexts.of(step))
    )
  }

  /** What became of a task with `until`; undefined: it is to be tried again. */
  async #tried(unit: Unit, judged: Judged, progress: Progress): Promise<Judged | undefined> {
    const { task } = unit
    const number = (value: unknown, otherwise: number): number =>
      value === undefined ? otherwise : Number(renderText(String(value), unit.context, task))
    const retries = number(task.retries, 3)
    // As in Ansible, without retries nobody looks at the condition.
    if (judged.status === 'skipped' || retries <= 0 || isDone(unit, judged))
      return withAttempts(judged, progress.attempt)
    if (progress.attempt > retries) return outOfTries(unit, judged, retries)
    progress.attempt++
    await this.#tools.options.clock.sleep(number(task.delay, 5) * 1000, this.#tools.options.signal)
    this.#tools.links.get(unit.place ?? this.#state.host.name).forget(['*'])
    return undefined
  }

  /** loop_control.pause: seconds between items. */
  async pause(step: Step, task: Task): Promise<void> {
    const seconds = Number(renderValue(task.loopPause, this.#contexts.of(step), task))
    if (!this.#tools.options.check)
      await this.#tools.options.clock.sleep(seconds * 1000, this.#tools.options.signal)
  }

  #settleStep(step: Step, task: Task, progress: Progress): Settled {
    const { results } = progress
    const result = progress.items ? loopResult(results) : (results.at(-1) as UnitResult)
    this.progress.delete(step)
    this.#register(step, task, result, results)
    const ignored = result.failed && this.ignores(step)
    const status = statusOf(result, ignored)
    if (status !== 'skipped') this.#roles.note(step)
    this.#state.count(status === 'failed' && this.#flow.rescues(step) ? 'rescued' : status)
    if (status === 'ignored' && result.changed) this.#state.count('changed')
    if (result.changed && !result.failed) this.#notify(step, task)
    if (isOnce(step, () => this.#contexts.of(step)))
      this.#once.tell(task, { ...result, failed: result.failed && !ignored })
    return result.failed && !ignored ? { how: 'failed', result } : next
  }

  #register(step: Step, task: Task, result: UnitResult, results: readonly UnitResult[]): void {
    if (task.register !== undefined) this.#state.register(task.register, result)
    this.#takeEffects(step, task, results)
  }

  #takeEffects(step: Step, task: Task, results: readonly UnitResult[]): void {
    const given = results.filter((each) => !each.failed && !each.skipped)
    takeEffects(step, task, given, { state: this.#state, tools: this.#tools, contexts: this.#contexts })
  }

  #notify(step: Step, task: Task): void {
    const context = this.#contexts.of(step)
    // An include has no notify. A list may come from one expression.
    for (const name of notifiedBy(step)) {
      const rendered = renderValue(name, context, task)
      for (const each of Array.isArray(rendered) ? (rendered as unknown[]) : [rendered])
        this.notified.push({ name: String(each), role: step.scope?.role })
    }
  }
}

function statusOf(result: UnitResult, ignored: boolean): Judged['status'] {
  if (result.failed) return ignored ? 'ignored' : 'failed'
  // As in Ansible: a host that is away, where that is ignored.
  if (result.unreachable === true) return 'ignored'
  if (result.skipped) return 'skipped'
  return result.changed ? 'changed' : 'ok'
}
