import { InternalError, UnreachableError } from '../kernel/errors.ts'
import type { TaskPlan } from '../plan/types.ts'
import { pendingIn } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Include, Task } from '../playbook/types.ts'
import { namesPendingIn } from './play-batch.ts'
import { entriesBefore, isJudgedFirst, movesFiles, unapplied, type Entry } from './play-entry.ts'
import { afterFailure, endHost, saysYes, notDone, unreachableResult } from './play-failure.ts'
import type { HostState } from './play-host-state.ts'
import { askFacts, askFor, readsOfUnit, recallObserved, type Observed } from './play-observe.ts'
import { takeOver } from './play-once.ts'
import { HostParts } from './play-parts.ts'
import type { Ahead } from './play-program.ts'
import type { PlayReport } from './play-report.ts'
import { skippedResult, type Judged } from './play-result.ts'
import type { PlayState, RunTools } from './play-types.ts'
import { isHidden, titleOf, type Unit } from './play-unit.ts'

/**
 * One host's way through one play: strictly one step after the other, as Ansible defines it; remote commands are saved by
 * asking ahead and by applying several steps in one program where the later ones cannot see what the earlier ones do.
 */
export class HostRun {
  readonly #state: HostState
  readonly #play: PlayState
  readonly #tools: RunTools
  readonly #report: PlayReport
  readonly #parts: HostParts
  /** The step whose work is on the way: a lost connection is its failure. */
  #atWork: Step | undefined

  constructor(state: HostState, play: PlayState, tools: RunTools, report: PlayReport) {
    this.#state = state
    this.#play = play
    this.#tools = tools
    this.#report = report
    this.#parts = new HostParts(state, play, tools, report)
  }

  /** Goes through the play. Throws only InternalError: what fails is in the host's state and was reported. */
  async run(): Promise<void> {
    try {
      if (this.#play.plan.play.gatherFacts === true && this.#state.facts === undefined)
        await askFacts(this.#state, this.#parts, this.#ahead())
      while (await this.#advance());
    } catch (error) {
      const { signal } = this.#tools.options
      endHost(error, { state: this.#state, play: this.#play, report: this.#report, signal })
    } finally {
      if (this.#parts.flow.failed) this.#state.failed = true
      this.#parts.release()
    }
  }

  async #advance(): Promise<boolean> {
    this.#tools.options.signal?.throwIfAborted()
    if (this.#play.stopped === 'failed') return false
    const { step } = this.#parts.cursor
    if (!step) {
      await this.#flush()
      return this.#parts.cursor.step !== undefined
    }
    if (this.#parts.throttle.isHeldByAnother(step)) {
      if (await this.#flush()) return true
      this.#parts.throttle.release()
    }
    if (this.#parts.roles.isSecond(step) && (await this.#flush())) return true
    if (this.#parts.flow.runs(step, this.#parts.cursor.index) && !this.#parts.roles.skips(step))
      await this.#tryStep(step)
    else this.#parts.cursor.next()
    return true
  }

  async #tryStep(step: Step): Promise<void> {
    this.#atWork = step
    try {
      await this.#doStep(step)
    } catch (error) {
      const pending = pendingIn(error)
      if (pending?.variable === 'facts') return await askFacts(this.#state, this.#parts, this.#ahead())
      if (pending && (await this.#flush())) return
      if (this.#tools.options.signal?.aborted || error instanceof InternalError) throw error
      if (error instanceof UnreachableError) return await this.#unreachable(error)
      await this.#cannot(step, error)
    }
  }

  async #doStep(step: Step): Promise<void> {
    const { node } = step
    if (node.kind === 'meta') {
      if (await this.#flush()) return
      await this.#parts.meta.do(step, node, {
        context: this.#parts.contexts.of(step),
        handlers: () => this.#parts.takeHandlers(),
        failed: this.#parts.flow.failed,
      })
    } else if (node.kind === 'include') this.#include(step, node)
    else await this.#task(step, node)
  }

  async #task(step: Step, task: Task): Promise<void> {
    if (this.#parts.isOnce(step) && (await this.#doneByAnother(step, task))) return
    if (step.keywords.throttle !== undefined && !this.#parts.throttle.holds(step)) {
      if (await this.#flush()) return
      await this.#parts.throttle.enter(step, this.#parts.contexts.of(step))
    }
    const { unit, context } = this.#parts.unitOf(step, task)
    if ('skipped' in unit) {
      this.#parts.push({ title: titleOf(step, context), settled: skippedResult(unit.skipped) })
      return await this.#passed(step, task)
    }
    const alone = unit.place !== undefined || step.keywords.ignoreUnreachable !== undefined
    if (alone && (await this.#flush())) return
    const observed = await this.#observe(unit)
    if (observed) await this.#plan(unit, observed)
  }

  async #plan(unit: Unit, observed: Observed): Promise<void> {
    const plan = unit.module.plan(unit.params, observed.value, unit.moduleContext)
    // The folder that takes an upload may be made by what waits.
    if (movesFiles(plan) && (await this.#flush())) return
    const { foreseen } = this.#parts
    const forecast = foreseen.meets(observed.reads)
    if (unit.check) foreseen.add(plan.touches)
    if (plan.failed && forecast)
      this.#parts.push({ title: unit.title, settled: notDone(new Error(plan.message), true) })
    else this.#parts.push({ title: unit.title, unit, plan, ...(forecast ? { forecast } : {}) })
    await this.#passed(unit.step, unit.task, { unit, plan })
  }

  /** Moves on to the next item or step; what must be judged before anything else runs is applied at once. */
  async #passed(
    step: Step,
    task: Task,
    done?: { readonly unit: Unit; readonly plan: TaskPlan },
  ): Promise<void> {
    const items = this.#parts.settler.progress.get(step)?.items
    const last = items === undefined || this.#parts.cursor.item >= items.length - 1
    if (last) {
      this.#parts.cursor.next()
      this.#parts.contexts.passed(step)
    } else this.#parts.cursor.item++
    const loopEnds = items !== undefined && (last || task.loopPause !== undefined) && this.#parts.batch.acts
    if (isJudgedFirst(task, done) || loopEnds || this.#parts.isOnce(step) || this.#parts.batch.isFull)
      await this.#flush()
    if (task.loopPause !== undefined && !last) await this.#parts.settler.pause(step, task)
  }

  /** undefined: the host had to be asked, or a change applied, first; the step is tried again. */
  async #observe(unit: Unit): Promise<Observed | undefined> {
    if (this.#parts.batch.touchesAny(readsOfUnit(unit)) && (await this.#flush())) return undefined
    const observed = recallObserved(unit, this.#parts.programs)
    if (!observed && !(await this.#flush())) await askFor(unit, this.#parts.programs, this.#ahead())
    return observed
  }

  #ahead(pending = this.#parts.batch.pending): Ahead {
    return { steps: this.#parts.cursor.ahead, pending }
  }

  /** Applies and settles what waits. True when something waited: the step at hand must be looked at again. */
  async #flush(): Promise<boolean> {
    const taken = this.#parts.batch.take()
    if (!taken) return false
    const { entries, acting, left } = taken
    if ((await this.#play.turns?.enter(this.#state.host.name, acting)) === false) return true
    if (left) this.#parts.cursor.rewindTo(left)
    const link = this.#parts.programs.linkOf(acting[0]?.unit.place)
    this.#atWork = acting[0]?.unit.step ?? this.#atWork
    const ahead = acting.length > 0 ? this.#ahead(namesPendingIn(entries)) : undefined
    const applied: ReadonlyMap<Entry, Judged> = ahead
      ? await this.#parts.programs.apply(link, acting, ahead).catch(async (error: unknown) => {
          // The host was lost: what needed nothing of it is told and counted all the same.
          await this.#settleAll(entriesBefore(acting[0], entries), new Map())
          throw error
        })
      : new Map()
    await this.#settleAll(entries, applied)
    return true
  }

  async #settleAll(entries: readonly Entry[], applied: ReadonlyMap<Entry, Judged>): Promise<void> {
    for (const entry of entries) {
      const judged = entry.settled ?? applied.get(entry) ?? unapplied(entry)
      // Planned, but the program ended before it: planned again on what is then seen.
      if (!judged) return this.#parts.cursor.rewindTo(entry)
      const step = this.#parts.cursor.stepOf(entry)
      const settled = await this.#parts.settler.settle(step, entry, judged)
      if (settled.how === 'again') return this.#parts.cursor.rewindTo(entry)
      if (settled.how === 'failed') return this.#failed(step, entry.stepIndex, settled.result)
    }
  }

  #failed(step: Step, stepIndex: number, result: unknown): void {
    this.#parts.cursor.goTo(stepIndex + 1)
    const isRescued = this.#parts.flow.fail(step, stepIndex)
    afterFailure(step, result, { isRescued, state: this.#state, play: this.#play })
  }

  /** ignore_unreachable: the task counts as done with, and the host stays in the play. */
  async #unreachable(error: UnreachableError): Promise<void> {
    const step = this.#atWork
    if (!step || !saysYes(step.keywords.ignoreUnreachable)) throw error
    this.#parts.programs.linkOf(undefined).reset()
    this.#parts.cursor.goTo(this.#parts.cursor.indexOf(step))
    await this.#giveUp(step, unreachableResult(error))
  }

  /** A step that cannot be rendered or observed: it fails as a task would. */
  async #cannot(step: Step, error: unknown): Promise<void> {
    if (await this.#flush()) return
    const unforeseen = this.#tools.options.check === true && !this.#parts.foreseen.isEmpty
    const ignored = !unforeseen && this.#parts.settler.ignores(step)
    await this.#giveUp(step, { ...notDone(error, unforeseen), ...(ignored ? { status: 'ignored' } : {}) })
  }

  /** The step's (or the item's) result is known without its having run. */
  async #giveUp(step: Step, settled: Judged): Promise<void> {
    const context = this.#parts.contexts.of(step)
    this.#parts.push({ title: titleOf(step, context), settled, noLog: isHidden(step, context) })
    const items = this.#parts.settler.progress.get(step)?.items
    // One item that cannot be rendered hides no other.
    if (items && step.node.kind === 'task') return await this.#passed(step, step.node)
    this.#parts.settler.progress.delete(step)
    this.#parts.cursor.next()
    await this.#flush()
  }

  #include(step: Step, node: Include): void {
    const steps = this.#parts.stepsOfInclude(step, node)
    if (steps.length > 0) return this.#parts.cursor.replace(steps)
    this.#parts.push({
      title: titleOf(step, this.#parts.contexts.of(step)),
      settled: skippedResult('nothing to include'),
    })
    this.#parts.cursor.next()
  }

  async #doneByAnother(step: Step, task: Task): Promise<boolean> {
    if (await this.#flush()) return true
    const theirs = await this.#parts.once.doneByAnother(task)
    if (!theirs) return false
    const { index } = this.#parts.cursor
    this.#parts.cursor.next()
    const result = takeOver(this.#state, theirs)
    if (result.failed) this.#failed(step, index, result.registered)
    return true
  }
}
