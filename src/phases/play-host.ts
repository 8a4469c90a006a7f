import { InternalError, UnreachableError } from '../kernel/errors.ts'
import { meets } from '../plan/resources.ts'
import type { TaskPlan } from '../plan/types.ts'
import { pendingIn } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Include, Meta, Task } from '../playbook/types.ts'
import { Batch, namesPendingIn } from './play-batch.ts'
import { HostContexts } from './play-contexts.ts'
import { StepCursor } from './play-cursor.ts'
import { isJudgedFirst, unapplied, type ActingEntry, type Entry } from './play-entry.ts'
import { stepsOfInclude, takeNotified } from './play-expand.ts'
import { countLost, endHost, notDone } from './play-failure.ts'
import { BlockFlow } from './play-flow.ts'
import type { HostState } from './play-host-state.ts'
import { askFacts, askFor, readsOfUnit, recallObserved, type Observed } from './play-observe.ts'
import { OnceTasks, takeOver } from './play-once.ts'
import { HostPrograms, type Ahead } from './play-program.ts'
import type { PlayReport } from './play-report.ts'
import { skippedResult, type Judged } from './play-result.ts'
import { Settler } from './play-settle.ts'
import type { PlayState, RunTools } from './play-types.ts'
import { holds, itemValues, titleOf, type Unit } from './play-unit.ts'

/**
 * One host's way through one play: strictly one step after the other, as Ansible defines it; remote commands are saved by
 * asking ahead and by applying several steps in one program where the later ones cannot see what the earlier ones do.
 */
export class HostRun {
  readonly #state: HostState
  readonly #play: PlayState
  readonly #tools: RunTools
  readonly #report: PlayReport
  readonly contexts: HostContexts
  readonly programs: HostPrograms
  readonly #once: OnceTasks
  readonly #settler: Settler
  readonly #flow = new BlockFlow()
  readonly #cursor: StepCursor
  readonly #batch = new Batch()
  /** What check mode would have touched: what looks at it is a forecast. */
  readonly #foreseen: string[] = []

  constructor(state: HostState, play: PlayState, tools: RunTools, report: PlayReport) {
    this.#state = state
    this.#play = play
    this.#tools = tools
    this.#report = report
    this.contexts = new HostContexts(state, play, tools)
    this.#once = new OnceTasks(play)
    const parts = { tools, report, contexts: this.contexts, once: this.#once }
    this.programs = new HostPrograms(state, play.plan, parts)
    this.#settler = new Settler(state, parts)
    this.#cursor = new StepCursor(play.plan.steps)
  }

  /** Goes through the play. Throws only InternalError: what fails is in the host's state and was reported. */
  async run(): Promise<void> {
    try {
      if (this.#play.plan.play.gatherFacts === true && this.#state.facts === undefined)
        await askFacts(this.#state, this, this.#ahead())
      while (await this.#advance());
    } catch (error) {
      const { signal } = this.#tools.options
      endHost(error, { state: this.#state, play: this.#play, report: this.#report, signal })
    } finally {
      if (this.#flow.failed) this.#state.failed = true
      this.#once.release()
    }
  }

  async #advance(): Promise<boolean> {
    this.#tools.options.signal?.throwIfAborted()
    if (this.#play.stopped !== 'no') return false
    const { step } = this.#cursor
    if (!step) {
      await this.#flush()
      return this.#cursor.step !== undefined
    }
    if (this.#flow.runs(step)) await this.#tryStep(step)
    else this.#cursor.next()
    return true
  }

  async #tryStep(step: Step): Promise<void> {
    try {
      await this.#doStep(step)
    } catch (error) {
      const pending = pendingIn(error)
      if (pending?.variable === 'facts') return await askFacts(this.#state, this, this.#ahead())
      if (pending && (await this.#flush())) return
      const ends = error instanceof UnreachableError || error instanceof InternalError
      if (ends || this.#tools.options.signal?.aborted) throw error
      await this.#cannot(step, error)
    }
  }

  async #doStep(step: Step): Promise<void> {
    const { node } = step
    if (node.kind === 'meta') await this.#meta(step, node)
    else if (node.kind === 'include') this.#include(step, node)
    else await this.#task(step, node)
  }

  async #task(step: Step, task: Task): Promise<void> {
    if (step.keywords.runOnce && (await this.#doneByAnother(step, task))) return
    const progress = this.#settler.progressOf(step, () =>
      this.contexts.of(step, undefined, this.#batch.pending),
    )
    const values = progress.items && itemValues(task, progress.items[this.#cursor.item], this.#cursor.item)
    const context = this.contexts.of(step, values, this.#batch.pending)
    const empty = progress.items?.length === 0
    const unit = empty
      ? { skipped: 'the loop is empty' }
      : this.contexts.unitOf(step, values, this.#batch.pending)
    if ('skipped' in unit) {
      this.#push({ title: titleOf(step, context), settled: skippedResult(unit.skipped) })
      return await this.#passed(step, task)
    }
    if (unit.delegateTo !== undefined && (await this.#flush())) return
    const observed = await this.#observe(unit)
    if (observed) await this.#plan(unit, observed)
  }

  async #plan(unit: Unit, observed: Observed): Promise<void> {
    const plan = unit.module.plan(unit.params, observed.value, unit.moduleContext)
    // The folder that takes an upload may be made by what waits.
    if (plan.actions.some((action) => action.do === 'upload') && (await this.#flush())) return
    const forecast = meets(observed.reads, this.#foreseen)
    if (unit.check) this.#foreseen.push(...plan.touches)
    if (plan.failed && forecast)
      this.#push({ title: unit.title, settled: notDone(new Error(plan.message), true) })
    else this.#push({ title: unit.title, unit, plan, ...(forecast ? { forecast } : {}) })
    await this.#passed(unit.step, unit.task, { unit, plan })
  }

  /** Moves on to the next item or step; what must be judged before anything else runs is applied at once. */
  async #passed(
    step: Step,
    task: Task,
    done?: { readonly unit: Unit; readonly plan: TaskPlan },
  ): Promise<void> {
    const items = this.#settler.progress.get(step)?.items
    const last = items === undefined || this.#cursor.item >= items.length - 1
    if (last) this.#cursor.next()
    else this.#cursor.item++
    const loopEnds = last && items !== undefined && this.#batch.acts
    if (isJudgedFirst(task, done) || loopEnds || step.keywords.runOnce) await this.#flush()
  }

  /** undefined: the host had to be asked, or a change applied, first; the step is tried again. */
  async #observe(unit: Unit): Promise<Observed | undefined> {
    if (meets(readsOfUnit(unit), this.#batch.touches) && (await this.#flush())) return undefined
    const observed = recallObserved(unit, this.programs)
    if (!observed && !(await this.#flush())) await askFor(unit, this.programs, this.#ahead())
    return observed
  }

  #ahead(pending = this.#batch.pending): Ahead {
    return { steps: this.#cursor.ahead, pending }
  }

  #push(entry: Omit<Entry, 'stepIndex' | 'itemIndex' | 'startedAt'>): void {
    const startedAt = this.#tools.options.clock.now()
    this.#batch.push({ ...entry, stepIndex: this.#cursor.index, itemIndex: this.#cursor.item, startedAt })
  }

  /** Applies and settles what waits. True when something waited: the step at hand must be looked at again. */
  async #flush(): Promise<boolean> {
    const taken = this.#batch.take()
    if (!taken) return false
    const { entries, acting, left } = taken
    if (left) this.#cursor.rewindTo(left)
    const link = this.programs.linkOf(acting[0]?.unit.delegateTo)
    const ahead = this.#ahead(namesPendingIn(entries))
    const applied =
      acting.length > 0 ? await this.programs.apply(link, acting, ahead) : new Map<ActingEntry, Judged>()
    await this.#settleAll(entries, applied)
    return true
  }

  async #settleAll(entries: readonly Entry[], applied: ReadonlyMap<Entry, Judged>): Promise<void> {
    for (const entry of entries) {
      const judged = entry.settled ?? applied.get(entry) ?? unapplied(entry)
      // Planned, but the program ended before it: planned again on what is then seen.
      if (!judged) return this.#cursor.rewindTo(entry)
      const step = this.#cursor.stepOf(entry)
      const settled = await this.#settler.settle(step, entry, judged)
      if (settled === 'again') return this.#cursor.rewindTo(entry)
      if (settled === 'failed') return this.#failed(step, entry.stepIndex)
    }
  }

  #failed(step: Step, stepIndex: number): void {
    this.#cursor.goTo(stepIndex + 1)
    if (this.#flow.fail(step)) return
    countLost(this.#play, this.#state.host.name)
  }

  /** A step that cannot be rendered or observed: it fails as a task would. */
  async #cannot(step: Step, error: unknown): Promise<void> {
    if (await this.#flush()) return
    const unforeseen = this.#tools.options.check === true && this.#foreseen.length > 0
    const judged = notDone(error, unforeseen)
    const ignored = !unforeseen && this.#settler.ignores(step)
    this.#settler.progress.delete(step)
    this.#push({
      title: titleOf(step, this.contexts.of(step)),
      settled: ignored ? { ...judged, status: 'ignored' } : judged,
    })
    this.#cursor.next()
    await this.#flush()
  }

  #include(step: Step, node: Include): void {
    const { playbook } = this.#play.plan
    const pending = this.#batch.pending
    const steps = stepsOfInclude(step, node, { contexts: this.contexts, playbook, pending })
    if (steps.length > 0) return this.#cursor.replace(steps)
    this.#push({
      title: titleOf(step, this.contexts.of(step)),
      settled: skippedResult('nothing to include'),
    })
    this.#cursor.next()
  }

  async #meta(step: Step, node: Meta): Promise<void> {
    if (await this.#flush()) return
    const context = this.contexts.of(step)
    this.#cursor.next()
    if (!step.keywords.when.every((condition) => holds(condition, context))) return
    if (node.action === 'flush_handlers') this.#cursor.insert(this.#handlers(step))
    else if (node.action === 'end_host') this.#cursor.toEnd()
    else if (node.action === 'end_play') this.#play.stopped = 'ended'
    else if (node.action === 'clear_facts') this.#state.learnFacts(undefined)
  }

  /** A handler may notify those after it: flushed again when these are done. */
  #handlers(flush: Step): readonly Step[] {
    const steps = takeNotified(this.#play.plan.handlers, this.#settler.notified, this.#report)
    return steps.length > 0 ? [...steps, flush] : []
  }

  async #doneByAnother(step: Step, task: Task): Promise<boolean> {
    if (await this.#flush()) return true
    const theirs = this.#once.doneByAnother(task)
    if (!theirs) return false
    const { index } = this.#cursor
    this.#cursor.next()
    if (takeOver(this.#state, await theirs).failed) this.#failed(step, index)
    return true
  }
}
