import { InternalError, KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { questionKey, readsOf } from '../plan/questions.ts'
import { meets } from '../plan/resources.ts'
import type { Answer, TaskPlan } from '../plan/types.ts'
import { pendingIn } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import type { Include, Meta, Task } from '../playbook/types.ts'
import { namesGivenBy, sameBecome } from './play-ahead.ts'
import { HostContexts } from './play-contexts.ts'
import { acts, newProgress, type ActingEntry, type Entry, type Progress } from './play-entry.ts'
import { notifiedSteps, stepsOfInclude, unknownHandlers } from './play-expand.ts'
import { BlockFlow } from './play-flow.ts'
import type { HostState } from './play-host-state.ts'
import type { HostLink } from './play-link.ts'
import { OnceTasks, takeOver } from './play-once.ts'
import { HostPrograms, type Ahead } from './play-program.ts'
import type { PlayReport } from './play-report.ts'
import { failedResult, judge, skippedResult, type Judged } from './play-result.ts'
import { Settler } from './play-settle.ts'
import type { PlayState, RunTools } from './play-types.ts'
import { holds, itemValues, loopItems, prepareUnit, titleOf, type Unit } from './play-unit.ts'

/**
 * One host's way through one play: strictly one step after the other, as Ansible defines it; remote commands are saved by
 * asking ahead and by applying several steps in one program where the later ones cannot see what the earlier ones do.
 */
export class HostRun {
  readonly #state: HostState
  readonly #play: PlayState
  readonly #tools: RunTools
  readonly #report: PlayReport
  readonly #contexts: HostContexts
  readonly #programs: HostPrograms
  readonly #once: OnceTasks
  readonly #settler: Settler
  readonly #flow = new BlockFlow()
  readonly #steps: Step[]
  #batch: Entry[] = []
  #cursor = 0
  #item = 0
  /** What check mode would have touched: what looks at it is a forecast. */
  readonly #foreseen: string[] = []

  constructor(state: HostState, play: PlayState, tools: RunTools, report: PlayReport) {
    this.#state = state
    this.#play = play
    this.#tools = tools
    this.#report = report
    this.#contexts = new HostContexts(state, play, tools)
    this.#once = new OnceTasks(play)
    const parts = { tools, report, contexts: this.#contexts, once: this.#once }
    this.#programs = new HostPrograms(state, play.plan, parts)
    this.#settler = new Settler(state, parts)
    this.#steps = [...play.plan.steps]
  }

  /** Goes through the play. Throws only InternalError: what fails is in the host's state and was reported. */
  async run(): Promise<void> {
    try {
      if (this.#play.plan.play.gatherFacts === true && this.#state.facts === undefined) await this.#askFacts()
      while (await this.#advance());
    } catch (error) {
      this.#ended(error)
    } finally {
      if (this.#flow.failed) this.#state.failed = true
      this.#once.release()
    }
  }

  async #advance(): Promise<boolean> {
    this.#tools.options.signal?.throwIfAborted()
    if (this.#play.stopped !== 'no') return false
    const step = this.#steps[this.#cursor]
    if (!step) {
      await this.#flush()
      return this.#cursor < this.#steps.length
    }
    if (this.#flow.runs(step)) await this.#tryStep(step)
    else this.#next()
    return true
  }

  async #tryStep(step: Step): Promise<void> {
    try {
      await this.#doStep(step)
    } catch (error) {
      const pending = pendingIn(error)
      if (pending?.variable === 'facts') return await this.#askFacts()
      if (pending && (await this.#flush())) return
      const ends = error instanceof UnreachableError || error instanceof InternalError
      if (ends || this.#tools.options.signal?.aborted) throw error
      await this.#cannot(step, error)
    }
  }

  async #doStep(step: Step): Promise<void> {
    switch (step.node.kind) {
      case 'meta':
        return await this.#meta(step, step.node)
      case 'include':
        return this.#include(step, step.node)
      case 'task':
        return await this.#task(step, step.node)
    }
  }

  async #task(step: Step, task: Task): Promise<void> {
    if (step.keywords.runOnce && (await this.#doneByAnother(step, task))) return
    const progress = this.#progressOf(step, task)
    const values = progress.items && itemValues(task, progress.items[this.#item], this.#item)
    const context = this.#contexts.of(step, values, this.#pending())
    const empty = progress.items?.length === 0
    const unit = empty
      ? { skipped: 'the loop is empty' }
      : prepareUnit(step, context, this.#contexts.environment())
    if ('skipped' in unit) {
      this.#push({ title: titleOf(step, context), settled: skippedResult(unit.skipped) })
      return await this.#passed(step, task)
    }
    if (unit.delegateTo !== undefined && (await this.#flush())) return
    const observed = await this.#observe(unit, this.#programs.linkOf(unit.delegateTo))
    if (observed) await this.#plan(unit, observed)
  }

  async #plan(unit: Unit, observed: Observed): Promise<void> {
    const plan = unit.module.plan(unit.params, observed.value, unit.moduleContext)
    // The folder that takes an upload may be made by what waits.
    if (plan.actions.some((action) => action.do === 'upload') && (await this.#flush())) return
    const forecast = meets(observed.reads, this.#foreseen)
    if (unit.check) this.#foreseen.push(...plan.touches)
    this.#push({ title: unit.title, unit, plan, ...(forecast ? { forecast } : {}) })
    await this.#passed(unit.step, unit.task, { unit, plan })
  }

  #progressOf(step: Step, task: Task): Progress {
    const known = this.#settler.progress.get(step)
    if (known) return known
    const progress = newProgress(loopItems(task, this.#contexts.of(step, undefined, this.#pending())))
    this.#settler.progress.set(step, progress)
    return progress
  }

  /** Moves on to the next item or step; what must be judged before anything else runs is applied at once. */
  async #passed(
    step: Step,
    task: Task,
    done?: { readonly unit: Unit; readonly plan: TaskPlan },
  ): Promise<void> {
    const items = this.#settler.progress.get(step)?.items
    const last = items === undefined || this.#item >= items.length - 1
    if (last) this.#next()
    else this.#item++
    const judgedFirst =
      done !== undefined &&
      (done.plan.failed === true || task.failedWhen || task.until || done.unit.delegateTo !== undefined)
    const loopEnds = last && items !== undefined && this.#batch.some(acts)
    if (judgedFirst || loopEnds || step.keywords.runOnce) await this.#flush()
  }

  /** undefined: the host had to be asked, or a change applied, first; the step is tried again. */
  async #observe(unit: Unit, link: HostLink): Promise<Observed | undefined> {
    const questions = Object.values(unit.questions)
    const reads = questions.flatMap(readsOf)
    const touched = this.#batch.filter(acts).flatMap((entry) => entry.plan.touches)
    if (meets(reads, touched) && (await this.#flush())) return undefined
    const answers: Record<string, Answer> = {}
    for (const [name, question] of Object.entries(unit.questions)) {
      const answer = link.recall(question, unit.become)
      if (answer) answers[name] = answer
      else return await this.#ask(unit, link)
    }
    return { value: unit.module.observe?.(answers, unit.params), reads }
  }

  async #ask(unit: Unit, link: HostLink): Promise<undefined> {
    if (await this.#flush()) return undefined
    const questions = Object.values(unit.questions)
    await this.#programs.ask(link, questions, { become: unit.become, ahead: this.#ahead() })
    for (const question of questions) {
      if (!link.recall(question, unit.become))
        throw new InternalError(`no answer to ${questionKey(question)}`)
    }
    return undefined
  }

  async #askFacts(): Promise<void> {
    const become = this.#becomeOfNext()
    await this.#programs.ask(this.#programs.linkOf(undefined), [{ ask: 'facts' }], {
      become,
      ahead: this.#ahead(),
    })
    if (this.#state.facts === undefined) throw new InternalError(`no facts of ${this.#state.host.name}`)
  }

  /** Who the next task becomes, so that facts travel in the same program as its questions. */
  #becomeOfNext(): Unit['become'] {
    const step = this.#steps.slice(this.#cursor).find((each) => each.node.kind === 'task')
    if (!step) return undefined
    try {
      const always = { ...step, keywords: { ...step.keywords, when: [] } }
      const unit = prepareUnit(always, this.#contexts.of(step), this.#contexts.environment())
      return 'skipped' in unit ? undefined : unit.become
    } catch {
      return undefined
    }
  }

  #ahead(): Ahead {
    return { steps: this.#steps.slice(this.#cursor), pending: this.#pending() }
  }

  /** Names that the waiting entries will give a value to. */
  #pending(): readonly string[] {
    return this.#batch.flatMap((entry) => (entry.unit ? namesGivenBy(entry.unit.task) : []))
  }

  #push(entry: Omit<Entry, 'stepIndex' | 'itemIndex' | 'startedAt'>): void {
    const startedAt = this.#tools.options.clock.now()
    this.#batch.push({ ...entry, stepIndex: this.#cursor, itemIndex: this.#item, startedAt })
  }

  /** Applies and settles what waits. True when something waited: the step at hand must be looked at again. */
  async #flush(): Promise<boolean> {
    const batch = this.#batch
    if (batch.length === 0) return false
    const acting = batch.filter(acts)
    const first = acting[0]
    // One program has one user: entries up to the first of another one, the rest is planned again.
    const other = acting.find((entry) => first && !sameBecome(entry.unit.become, first.unit.become))
    if (other) this.#rewindTo(other)
    const kept = other ? batch.slice(0, batch.indexOf(other)) : batch
    this.#batch = kept
    const ahead = this.#ahead()
    this.#batch = []
    const applied = first
      ? await this.#programs.apply(this.#programs.linkOf(first.unit.delegateTo), kept.filter(acts), ahead)
      : new Map<ActingEntry, Judged>()
    await this.#settleAll(kept, applied)
    return true
  }

  async #settleAll(entries: readonly Entry[], applied: ReadonlyMap<Entry, Judged>): Promise<void> {
    for (const entry of entries) {
      const judged = entry.settled ?? applied.get(entry) ?? unapplied(entry)
      // Planned, but the program ended before it: planned again on what is then seen.
      if (!judged) return this.#rewindTo(entry)
      const step = this.#steps[entry.stepIndex] as Step
      const settled = await this.#settler.settle(step, entry, judged)
      if (settled === 'again') return this.#rewindTo(entry)
      if (settled === 'failed') return this.#failed(step, entry.stepIndex)
    }
  }

  #failed(step: Step, stepIndex: number): void {
    this.#cursor = stepIndex + 1
    this.#item = 0
    if (this.#flow.fail(step)) return
    this.#play.lost.add(this.#state.host.name)
    const { play, hosts } = this.#play.plan
    const share = (this.#play.lost.size / hosts.length) * 100
    const tooMany = play.maxFailPercentage !== undefined && share > play.maxFailPercentage
    if (play.anyErrorsFatal || tooMany) this.#play.stopped = 'failed'
  }

  /** A step that cannot be rendered or observed: it fails as a task would. */
  async #cannot(step: Step, error: unknown): Promise<void> {
    if (await this.#flush()) return
    const detail = error instanceof KmesosError ? (error.detail ?? error.hint) : undefined
    const unforeseen = this.#tools.options.check === true && this.#foreseen.length > 0
    const judged = unforeseen
      ? skippedResult(`depends on a change that --check does not make: ${messageOf(error)}`)
      : failedResult(messageOf(error), detail)
    const ignored = !unforeseen && this.#settler.ignores(step)
    this.#settler.progress.delete(step)
    this.#push({
      title: titleOf(step, this.#contexts.of(step)),
      settled: ignored ? { ...judged, status: 'ignored' } : judged,
    })
    this.#next()
    await this.#flush()
  }

  #ended(error: unknown): void {
    this.#play.lost.add(this.#state.host.name)
    if (error instanceof UnreachableError) {
      this.#state.unreachable = true
      return this.#report.unreachable(error)
    }
    this.#state.failed = true
    if (this.#tools.options.signal?.aborted) return
    if (error instanceof InternalError || !(error instanceof KmesosError)) throw error
    this.#state.count('failed')
    this.#report.broken(error)
  }

  #include(step: Step, node: Include): void {
    const { playbook } = this.#play.plan
    const pending = this.#pending()
    const steps = stepsOfInclude(step, node, { contexts: this.#contexts, playbook, pending })
    if (steps.length > 0) return void this.#steps.splice(this.#cursor, 1, ...steps)
    this.#push({
      title: titleOf(step, this.#contexts.of(step)),
      settled: skippedResult('nothing to include'),
    })
    this.#next()
  }

  async #meta(step: Step, node: Meta): Promise<void> {
    if (await this.#flush()) return
    const context = this.#contexts.of(step)
    this.#next()
    if (!step.keywords.when.every((condition) => holds(condition, context))) return
    if (node.action === 'flush_handlers') this.#flushHandlers(step)
    else if (node.action === 'end_host') this.#cursor = this.#steps.length
    else if (node.action === 'end_play') this.#play.stopped = 'ended'
    else if (node.action === 'clear_facts') this.#state.learnFacts(undefined)
  }

  #flushHandlers(flush: Step): void {
    const { handlers } = this.#play.plan
    const { notified } = this.#settler
    for (const fault of unknownHandlers(handlers, notified))
      this.#report.note(`${this.#state.host.name}: ${fault}`)
    const steps = notifiedSteps(handlers, notified)
    notified.clear()
    // A handler may notify those after it: flushed again when these are done.
    if (steps.length > 0) this.#steps.splice(this.#cursor, 0, ...steps, flush)
  }

  async #doneByAnother(step: Step, task: Task): Promise<boolean> {
    if (await this.#flush()) return true
    const theirs = this.#once.doneByAnother(task)
    if (!theirs) return false
    const result = await theirs
    takeOver(this.#state, result)
    const index = this.#cursor
    this.#next()
    if (result.failed) this.#failed(step, index)
    return true
  }

  #next(): void {
    this.#cursor++
    this.#item = 0
  }

  #rewindTo(entry: Entry): void {
    this.#cursor = entry.stepIndex
    this.#item = entry.itemIndex
  }
}

interface Observed {
  readonly value: unknown
  readonly reads: readonly string[]
}

/** The result of an entry that needs no program: nothing to do, refused, or only foreseen. */
function unapplied(entry: Entry): Judged | undefined {
  if (!entry.unit || !entry.plan || acts(entry)) return undefined
  const forecast = entry.forecast === true || entry.plan.actions.length > 0
  return judge(entry.unit, entry.plan, { forecast })
}
