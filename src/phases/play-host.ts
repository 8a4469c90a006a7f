import type { Become } from '../connection/types.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import { InternalError, KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { questionKey, readsOf } from '../plan/questions.ts'
import { meets } from '../plan/resources.ts'
import type { Answer, Question, TaskPlan } from '../plan/types.ts'
import { markPending, pendingIn } from '../playbook/context.ts'
import { expandInclude, type Step } from '../playbook/flatten.ts'
import type { Include, Meta, Task, VarsLayer } from '../playbook/types.ts'
import { contextFor } from '../playbook/variables.ts'
import { renderText } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { Vars } from '../inventory/types.ts'
import { namesGivenBy, questionsAhead, sameBecome } from './play-ahead.ts'
import { BlockFlow } from './play-flow.ts'
import type { HostState } from './play-host-state.ts'
import type { HostLink } from './play-link.ts'
import type { PlayReport } from './play-report.ts'
import {
  failedResult,
  isDone,
  judge,
  loopResult,
  skippedResult,
  type Judged,
  type UnitResult,
} from './play-result.ts'
import type { PlayPlan, PlayState, RunPlaysOptions } from './play-types.ts'
import {
  holds,
  itemValues,
  loopItems,
  prepareUnit,
  titleOf,
  type Unit,
  type UnitEnvironment,
} from './play-unit.ts'

/** What the run holds for all hosts. */
export interface RunTools {
  readonly options: RunPlaysOptions
  readonly stateOf: (host: string) => HostState | undefined
  readonly linkOf: (host: string) => HostLink
  readonly counters: { changes: number }
  /** Plays after this one, for the questions ahead. */
  readonly later: readonly PlayPlan[]
}

/** A planned unit that waits for its turn in the next program, or for those before it. */
interface Entry {
  readonly stepIndex: number
  readonly itemIndex: number
  readonly title: string
  readonly startedAt: number
  /** Known without the host: skipped, or failed before anything could run. */
  readonly settled?: Judged
  readonly unit?: Unit
  readonly plan?: TaskPlan
  readonly forecast?: boolean
  /** Position in the program, once it has one. */
  programStep?: number
}

/** The step that is being worked on, item by item. */
interface Progress {
  readonly items: readonly unknown[] | undefined
  readonly results: (UnitResult & { readonly item?: unknown })[]
  attempt: number
}

/**
 * One host's way through one play: strictly one step after the other, as Ansible defines it; remote commands are saved by
 * asking ahead and by applying several steps in one program where the later ones cannot see what the earlier ones do.
 */
export class HostRun {
  readonly #state: HostState
  readonly #play: PlayState
  readonly #tools: RunTools
  readonly #report: PlayReport
  readonly #flow = new BlockFlow()
  readonly #steps: Step[]
  readonly #notified = new Set<string>()
  readonly #progress = new Map<Step, Progress>()
  readonly #contexts = new Map<object, { readonly version: number; readonly context: TemplateContext }>()
  #batch: Entry[] = []
  #cursor = 0
  #item = 0
  /** What check mode would have touched: what looks at it is a forecast. */
  #foreseen: string[] = []
  #reconnects = 0

  constructor(state: HostState, play: PlayState, tools: RunTools, report: PlayReport) {
    this.#state = state
    this.#play = play
    this.#tools = tools
    this.#report = report
    this.#steps = [...play.plan.steps]
  }

  /** Goes through the play. Throws nothing but InternalError: what fails is in the host's state and was reported. */
  async run(): Promise<void> {
    try {
      if (this.#play.plan.play.gatherFacts === true && this.#state.facts === undefined) await this.#askFacts()
      while (await this.#advance());
    } catch (error) {
      this.#ended(error)
    }
    if (this.#flow.failed) this.#state.failed = true
    this.#releaseOnce()
  }

  async #advance(): Promise<boolean> {
    this.#tools.options.signal?.throwIfAborted()
    if (this.#play.stopped !== 'no') return false
    const step = this.#steps[this.#cursor]
    if (!step) {
      await this.#flush()
      return this.#cursor < this.#steps.length
    }
    if (!this.#flow.runs(step)) this.#next()
    else await this.#tryStep(step)
    return true
  }

  async #tryStep(step: Step): Promise<void> {
    try {
      switch (step.node.kind) {
        case 'meta':
          return await this.#meta(step, step.node)
        case 'include':
          return this.#include(step, step.node)
        case 'task':
          return await this.#task(step, step.node)
      }
    } catch (error) {
      const pending = pendingIn(error)
      if (pending?.variable === 'facts') return await this.#askFacts()
      if (pending && (await this.#flush())) return
      if (
        error instanceof UnreachableError ||
        error instanceof InternalError ||
        this.#tools.options.signal?.aborted
      )
        throw error
      await this.#cannot(step, error)
    }
  }

  // ---- tasks ----

  async #task(step: Step, task: Task): Promise<void> {
    if (step.keywords.runOnce && (await this.#doneByAnother(step, task))) return
    const progress = this.#progressOf(step, task)
    if (progress.items?.length === 0) return await this.#emptyLoop(step)
    const item = progress.items?.[this.#item]
    const values = progress.items ? itemValues(task, item, this.#item) : undefined
    const context = this.#contextOf(step, values)
    const unit = prepareUnit(step, context, this.#environment())
    if ('skipped' in unit) {
      this.#push({ title: titleOf(step, context), settled: skippedResult(unit.skipped) })
      return await this.#passed(step, task)
    }
    const link = this.#linkFor(unit)
    if (unit.delegateTo !== undefined && (await this.#flush())) return
    const observed = await this.#observe(unit, link)
    if (observed === undefined) return
    const plan = unit.module.plan(unit.params as never, observed.value as never, unit.moduleContext)
    // The folder that takes an upload may be made by what waits.
    if (plan.actions.some((action) => action.do === 'upload') && (await this.#flush())) return
    const forecast = meets(observed.reads, this.#foreseen)
    if (unit.check) this.#foreseen.push(...plan.touches)
    this.#push({ title: unit.title, unit, plan, ...(forecast ? { forecast } : {}) })
    await this.#passed(step, task, { unit, plan })
  }

  #progressOf(step: Step, task: Task): Progress {
    const known = this.#progress.get(step)
    if (known) return known
    const progress = { items: loopItems(task, this.#contextOf(step)), results: [], attempt: 1 }
    this.#progress.set(step, progress)
    return progress
  }

  async #emptyLoop(step: Step): Promise<void> {
    this.#push({ title: titleOf(step, this.#contextOf(step)), settled: skippedResult('the loop is empty') })
    await this.#passed(step, step.node as Task)
  }

  /** Moves on to the next item or step; what must be judged before anything else runs is applied at once. */
  async #passed(
    step: Step,
    task: Task,
    done?: { readonly unit: Unit; readonly plan: TaskPlan },
  ): Promise<void> {
    const items = this.#progress.get(step)?.items
    const last = items === undefined || this.#item >= items.length - 1
    if (last) this.#next()
    else this.#item++
    const acts = this.#batch.some((entry) => (entry.plan?.actions.length ?? 0) > 0)
    const judgedFirst =
      done !== undefined &&
      (done.plan.failed === true || task.failedWhen || task.until || done.unit.delegateTo !== undefined)
    const loopEnds = last && items !== undefined && acts
    if (judgedFirst || loopEnds || step.keywords.runOnce) await this.#flush()
  }

  /** The observation, or undefined when the host had to be asked (or a change applied) first: the step is tried again. */
  async #observe(
    unit: Unit,
    link: HostLink,
  ): Promise<{ readonly value: unknown; readonly reads: readonly string[] } | undefined> {
    const entries = Object.entries(unit.questions)
    const reads = entries.flatMap(([, question]) => readsOf(question))
    const touched = this.#batch.flatMap((entry) => (entry.unit?.check ? [] : (entry.plan?.touches ?? [])))
    if (meets(reads, touched)) {
      await this.#flush()
      return undefined
    }
    const answers: Record<string, Answer> = {}
    for (const [name, question] of entries) {
      const answer = link.recall(question, unit.become)
      if (!answer) return await this.#ask(unit, link)
      answers[name] = answer
    }
    return { value: unit.module.observe?.(answers, unit.params), reads }
  }

  async #ask(unit: Unit, link: HostLink): Promise<undefined> {
    if (await this.#flush()) return undefined
    const own = link === this.#tools.linkOf(this.#state.host.name)
    const ahead = own ? this.#ahead(this.#cursor, unit.become) : []
    await this.#runProgram(link, {
      entries: [],
      questions: unique([...Object.values(unit.questions), ...ahead]),
      become: unit.become,
    })
    for (const question of Object.values(unit.questions)) {
      if (!link.recall(question, unit.become))
        throw new InternalError(`no answer to ${questionKey(question)}`)
    }
    return undefined
  }

  async #askFacts(): Promise<void> {
    const link = this.#tools.linkOf(this.#state.host.name)
    const step = this.#steps.find((each) => each.node.kind === 'task')
    const become = step ? this.#guessBecome(step) : undefined
    await this.#runProgram(link, {
      entries: [],
      questions: [{ ask: 'facts' }, ...this.#ahead(this.#cursor, become)],
      become,
    })
    if (this.#state.facts === undefined) throw new InternalError(`no facts of ${this.#state.host.name}`)
  }

  /** Who the next task becomes, so that facts travel in the same program as its questions. */
  #guessBecome(step: Step): Become | undefined {
    try {
      const unit = prepareUnit(
        { ...step, keywords: { ...step.keywords, when: [] } },
        this.#contextOf(step),
        this.#environment(),
      )
      return 'skipped' in unit ? undefined : unit.become
    } catch {
      return undefined
    }
  }

  /** Questions of what comes after, in this play and the later ones; all of them, those still known are left out below. */
  #ahead(from: number, become: Become | undefined): readonly Question[] {
    const { later } = this.#tools
    const pending = this.#batch.flatMap((entry) => (entry.unit ? namesGivenBy(entry.unit.task) : []))
    const own = this.#steps.slice(from)
    const plans = [
      { plan: this.#play.plan, steps: own },
      ...later
        .filter((plan) => plan.hosts.includes(this.#state.host))
        .map((plan) => ({ plan, steps: plan.steps })),
    ]
    const link = this.#tools.linkOf(this.#state.host.name)
    const given = [...pending]
    const questions = plans.flatMap(({ plan, steps }) => {
      const found = questionsAhead(
        {
          steps,
          playbook: plan.playbook,
          pending: given,
          environment: this.#environment(plan),
          contextOf: (step, values) => this.#freshContext(step, values, plan),
        },
        become,
      )
      given.push(...steps.flatMap((step) => (step.node.kind === 'task' ? namesGivenBy(step.node) : [])))
      return found
    })
    return questions.filter((question) => link.recall(question, become) === undefined)
  }

  // ---- applying ----

  #push(entry: Omit<Entry, 'stepIndex' | 'itemIndex' | 'startedAt'>): void {
    const startedAt = this.#tools.options.clock.now()
    this.#batch.push({ ...entry, stepIndex: this.#cursor, itemIndex: this.#item, startedAt })
  }

  /** Applies and settles what waits. True when something waited: the step at hand must be looked at again. */
  async #flush(): Promise<boolean> {
    if (this.#batch.length === 0) return false
    const acting = this.#batch.filter((entry) => !entry.unit?.check && (entry.plan?.actions.length ?? 0) > 0)
    if (acting.length > 0) return await this.#apply(acting)
    const batch = this.#batch
    this.#batch = []
    await this.#settleAll(batch, new Map())
    return true
  }

  async #apply(acting: readonly Entry[]): Promise<boolean> {
    // One program has one user: entries up to the first of another user, the rest is planned again.
    const first = acting[0]?.unit as Unit
    const same = acting.findIndex((entry) => !sameBecome(entry.unit?.become, first.become))
    const kept = same < 0 ? acting : acting.slice(0, same)
    const cut = same < 0 ? this.#batch.length : this.#batch.indexOf(acting[same] as Entry)
    const batch = this.#batch.slice(0, cut)
    if (same >= 0) this.#rewindTo(acting[same] as Entry)
    kept.forEach((entry, index) => (entry.programStep = index))
    const link = this.#linkFor(first)
    await this.#uploads(link, kept)
    const touches = kept.flatMap((entry) => entry.plan?.touches ?? [])
    link.forget(touches)
    if (kept.some((entry) => entry.plan?.changed)) this.#tools.counters.changes++
    this.#batch = batch
    const questions =
      link === this.#tools.linkOf(this.#state.host.name) ? this.#ahead(this.#cursor, first.become) : []
    this.#batch = []
    const ran = await this.#runProgram(link, { entries: kept, questions, become: first.become })
    await this.#settleAll(batch, ran)
    return true
  }

  #rewindTo(entry: Entry): void {
    this.#cursor = entry.stepIndex
    this.#item = entry.itemIndex
  }

  /** Sends large files; a step with uploads is the first one of its program. What came of it when one was refused. */
  async #uploads(link: HostLink, entries: readonly Entry[]): Promise<Map<Entry, Judged> | undefined> {
    for (const entry of entries) {
      for (const action of entry.plan?.actions ?? []) {
        if (action.do !== 'upload') continue
        const become = entry.unit?.become
        const options = {
          ...(action.mode === undefined ? {} : { mode: action.mode }),
          ...(become ? { become } : {}),
        }
        try {
          await this.#reconnecting(link, () => link.upload(action.file, action.path, options))
        } catch (error) {
          if (error instanceof UnreachableError) throw error
          return new Map([[entry, failedResult(`cannot send ${action.file}: ${messageOf(error)}`)]])
        }
      }
    }
    return undefined
  }

  async #runProgram(
    link: HostLink,
    request: {
      readonly entries: readonly Entry[]
      readonly questions: readonly Question[]
      readonly become: Become | undefined
    },
  ): Promise<Map<Entry, Judged>> {
    const judged = new Map<Entry, Judged>()
    const { entries } = request
    const needFacts =
      this.#state.facts === undefined && request.questions.some((question) => question.ask === 'facts')
    const run = (): ReturnType<HostLink['run']> =>
      link.run({
        steps: entries.map(({ unit, plan }) => ({
          actions: plan?.actions ?? [],
          environment: unit?.environment ?? {},
          continueOnError: unit?.ignoreErrors === true || unit?.task.loop !== undefined,
        })),
        questions: request.questions,
        become: request.become,
        listener: {
          stepStarted: (step) => this.#report.started(entries[step]?.title ?? ''),
          output: (step, line, stream) => {
            const entry = entries[step]
            if (!entry?.unit?.noLog) this.#report.output(entry?.title ?? '', line, stream)
          },
          stepEnded: (step, output) => {
            const entry = entries[step]
            if (entry?.unit && entry.plan) judged.set(entry, judge(entry.unit, entry.plan, { output }))
          },
        },
      })
    const result = await this.#reconnecting(link, run)
    if (result.cutOff !== undefined) this.#cutOff(entries[result.cutOff], judged)
    if (needFacts) {
      const answer = link.recall({ ask: 'facts' }, request.become)
      if (answer?.ask === 'text') this.#state.learnFacts(parseFacts(answer.text))
    }
    return judged
  }

  /** A connection lost before anything ran is opened once more; nothing was done, so nothing is done twice. */
  async #reconnecting<R>(link: HostLink, work: () => Promise<R>): Promise<R> {
    try {
      return await work()
    } catch (error) {
      if (
        !(error instanceof UnreachableError) ||
        this.#tools.options.signal?.aborted ||
        this.#reconnects++ > 0
      )
        throw error
      link.reset()
      this.#report.note(`connection to ${this.#state.host.name} lost, trying once more`)
      return await work()
    }
  }

  /**
   * Lost in the middle of a step. What can be repeated is looked at again and done again where needed; the outcome of a
   * command is unknown, and to run it twice may do harm.
   */
  #cutOff(entry: Entry | undefined, judged: Map<Entry, Judged>): void {
    if (this.#reconnects++ > 0)
      throw new UnreachableError(`connection to ${this.#state.host.name} lost again`)
    this.#report.note(`connection to ${this.#state.host.name} lost, looking again at what was done`)
    if (entry?.unit?.module.repeatable === false) {
      judged.set(
        entry,
        failedResult(
          `the connection was lost while it ran, its outcome is unknown`,
          'look at the host, then run again',
        ),
      )
    }
  }

  // ---- settling ----

  async #settleAll(batch: readonly Entry[], ran: ReadonlyMap<Entry, Judged>): Promise<void> {
    for (const entry of batch) {
      const judged = entry.settled ?? ran.get(entry) ?? this.#withoutRun(entry)
      // Planned, but the program ended before it: planned again on what is then seen.
      if (!judged) return this.#rewindTo(entry)
      if (!(await this.#settle(entry, judged))) return
    }
  }

  #withoutRun(entry: Entry): Judged | undefined {
    if (!entry.unit || !entry.plan) return undefined
    if (entry.plan.actions.length > 0 && !entry.unit.check) return undefined
    const forecast = entry.forecast === true || (entry.plan.actions.length > 0 && entry.unit.check)
    return judge(entry.unit, entry.plan, { forecast })
  }

  /** False: the way goes on elsewhere (a retry, a rescue, the end). */
  async #settle(entry: Entry, judged: Judged): Promise<boolean> {
    const step = this.#steps[entry.stepIndex] as Step
    const progress = this.#progress.get(step) ?? { items: undefined, results: [], attempt: 1 }
    if (entry.unit && (await this.#again(entry, entry.unit, judged, progress))) return false
    this.#report.result(entry, judged, entry.unit)
    const task = step.node as Task
    const item = progress.items?.[entry.itemIndex]
    progress.results.push({ ...judged.result, ...(progress.items ? { [task.loopVar]: item, item } : {}) })
    const items = progress.items?.length
    const last = items === undefined || entry.itemIndex >= items - 1
    if (!last) return true
    return this.#settleStep(step, task, progress)
  }

  /** until: once more after the delay, as long as tries are left. */
  async #again(entry: Entry, unit: Unit, judged: Judged, progress: Progress): Promise<boolean> {
    const { task } = unit
    if (!task.until || unit.check || judged.status === 'skipped' || isDone(unit, judged)) return false
    const number = (value: unknown, otherwise: number): number =>
      value === undefined ? otherwise : Number(renderText(String(value), unit.context, task))
    if (progress.attempt > number(task.retries, 3)) return false
    progress.attempt++
    await this.#tools.options.clock.sleep(number(task.delay, 5) * 1000, this.#tools.options.signal)
    this.#linkFor(unit).forget(['*'])
    this.#rewindTo(entry)
    return true
  }

  #settleStep(step: Step, task: Task, progress: Progress): boolean {
    const results = progress.results
    const result = progress.items ? loopResult(results) : (results.at(-1) as UnitResult)
    this.#progress.delete(step)
    if (task.register !== undefined) this.#state.register(task.register, result)
    const facts = results.at(-1)?.['ansible_facts']
    if (task.module === 'set_fact' && facts !== undefined && !result.failed)
      this.#state.setVariables(facts as Vars)
    const ignored = result.failed && this.#ignores(step)
    this.#state.count(
      result.failed
        ? ignored
          ? 'ignored'
          : 'failed'
        : result.skipped
          ? 'skipped'
          : result.changed
            ? 'changed'
            : 'ok',
    )
    if (result.changed && !result.failed) this.#notify(step, task)
    this.#tellOnce(step, task, { ...result, failed: result.failed && !ignored })
    if (!result.failed || ignored) return true
    this.#cursor = this.#steps.indexOf(step) + 1
    this.#item = 0
    if (!this.#flow.fail(step)) this.#hostFailed()
    return false
  }

  #ignores(step: Step): boolean {
    const value = step.keywords.ignoreErrors
    return (
      value !== undefined && holds({ ...step.node, text: value as string | boolean }, this.#contextOf(step))
    )
  }

  #notify(step: Step, task: Task): void {
    const context = this.#contextOf(step)
    for (const name of task.notify ?? []) this.#notified.add(renderText(name, context, task))
  }

  /** A step that cannot be rendered or observed: it fails as a task would. */
  async #cannot(step: Step, error: unknown): Promise<void> {
    if (await this.#flush()) return
    const detail = error instanceof KmesosError ? (error.detail ?? error.hint) : undefined
    const context = this.#contextOf(step)
    const depends = this.#tools.options.check && this.#foreseen.length > 0
    const judged = depends
      ? skippedResult(`depends on a change that --check does not make: ${messageOf(error)}`)
      : failedResult(messageOf(error), detail)
    const ignored = !depends && step.node.kind === 'task' && this.#ignores(step)
    this.#push({
      title: titleOf(step, context),
      settled: ignored ? { ...judged, status: 'ignored' } : judged,
    })
    this.#next()
    await this.#flush()
  }

  #hostFailed(): void {
    this.#play.lost.add(this.#state.host.name)
    const { play, hosts } = this.#play.plan
    const share = (this.#play.lost.size / hosts.length) * 100
    const tooMany = play.maxFailPercentage !== undefined && share > play.maxFailPercentage
    if (play.anyErrorsFatal || tooMany) this.#play.stopped = 'failed'
  }

  #ended(error: unknown): void {
    this.#play.lost.add(this.#state.host.name)
    if (error instanceof UnreachableError) {
      this.#state.unreachable = true
      this.#report.unreachable(error)
      return
    }
    this.#state.failed = true
    if (this.#tools.options.signal?.aborted) return
    if (error instanceof InternalError || !(error instanceof Error)) throw error
    this.#state.count('failed')
    this.#report.broken(error)
  }

  // ---- includes, meta, run_once ----

  #include(step: Step, node: Include): void {
    const context = this.#contextOf(step)
    const items = loopItems({ ...node, loop: node.loop }, context)
    const around = { ...step, keywords: { ...step.keywords, when: [], tags: [] } }
    const steps: Step[] = []
    for (const [index, item] of (items ?? [undefined]).entries()) {
      const values = items ? itemValues({ loopVar: node.loopVar }, item, index) : undefined
      const each = values ? this.#contextOf(step, values) : context
      if (!step.keywords.when.every((condition) => holds(condition, each))) continue
      const keywords = values
        ? { ...around.keywords, vars: [...around.keywords.vars, layerOf(node, values)] }
        : around.keywords
      const target = renderText(node.target, each, node)
      steps.push(...expandInclude(node, target, this.#play.plan.playbook, { ...around, keywords }))
    }
    if (steps.length === 0) {
      this.#push({ title: titleOf(step, context), settled: skippedResult('nothing to include') })
      return this.#next()
    }
    this.#steps.splice(this.#cursor, 1, ...steps)
  }

  async #meta(step: Step, node: Meta): Promise<void> {
    if (!step.keywords.when.every((condition) => holds(condition, this.#contextOf(step)))) return this.#next()
    if (await this.#flush()) return
    this.#next()
    switch (node.action) {
      case 'flush_handlers':
        return this.#handlers()
      case 'end_host':
        this.#cursor = this.#steps.length
        return
      case 'end_play':
        this.#play.stopped = 'ended'
        return
      case 'clear_facts':
        return this.#state.learnFacts(undefined)
      case 'noop':
        return
    }
  }

  /** Handlers that were notified, once each, in the order in which they are written. */
  #handlers(): void {
    const { handlers } = this.#play.plan
    const wanted = handlers.filter((handler) => handler.names.some((name) => this.#notified.has(name)))
    const known = new Set(handlers.flatMap((handler) => handler.names))
    for (const name of this.#notified) {
      if (!known.has(name))
        this.#report.note(`${unknownWord('handler', name, [...known])} (${this.#state.host.name})`)
    }
    if (wanted.length === 0) return
    this.#notified.clear()
    // A handler may notify those after it: flushed again when these are done.
    const again = this.#steps[this.#cursor - 1] as Step
    this.#steps.splice(
      this.#cursor,
      0,
      ...wanted.flatMap((handler) => handler.steps.map((step) => ({ ...step }))),
      again,
    )
  }

  async #doneByAnother(step: Step, task: Task): Promise<boolean> {
    const known = this.#play.once.get(task)
    if (!known) {
      if (await this.#flush()) return true
      this.#play.once.set(task, new Promise((resolve) => this.#once.set(task, resolve)))
      return false
    }
    if (this.#once.has(task)) return false
    if (await this.#flush()) return true
    const result = await known
    for (const [name, value] of Object.entries(result.registered)) this.#state.register(name, value)
    this.#state.setVariables(result.setFacts)
    this.#next()
    if (!result.failed) return true
    if (!this.#flow.fail(step)) this.#hostFailed()
    return true
  }

  readonly #once = new Map<Task, (result: { failed: boolean; registered: Vars; setFacts: Vars }) => void>()

  #tellOnce(step: Step, task: Task, result: UnitResult): void {
    const tell = this.#once.get(task)
    if (!step.keywords.runOnce || !tell) return
    const facts = result['ansible_facts']
    tell({
      failed: result.failed,
      registered: task.register === undefined ? {} : { [task.register]: result },
      setFacts: task.module === 'set_fact' && facts !== undefined ? (facts as Vars) : {},
    })
    this.#once.delete(task)
  }

  /** A host that ends before its run_once task is done must not keep the others waiting. */
  #releaseOnce(): void {
    for (const tell of this.#once.values()) tell({ failed: true, registered: {}, setFacts: {} })
    this.#once.clear()
  }

  // ---- contexts ----

  #next(): void {
    this.#cursor++
    this.#item = 0
  }

  #linkFor(unit: Unit): HostLink {
    return this.#tools.linkOf(unit.delegateTo ?? this.#state.host.name)
  }

  #environment(plan: PlayPlan = this.#play.plan): UnitEnvironment {
    const { options } = this.#tools
    return {
      host: this.#state.host.name,
      hostVars: this.#state.host.vars,
      playbook: plan.playbook,
      playFile: plan.play.file,
      content: options.content,
      check: options.check === true,
      diff: options.diff === true,
    }
  }

  /** Contexts are made once for each role (and step with variables of its own) until a value of the host changes. */
  #contextOf(step: Step, values?: Vars): TemplateContext {
    const pending = this.#batch.flatMap((entry) => (entry.unit ? namesGivenBy(entry.unit.task) : []))
    if (values !== undefined || pending.length > 0) return this.#pendingContext(step, values, pending)
    const key =
      step.keywords.vars.length > this.#play.plan.play.keywords.vars.length ? step : (step.scope ?? this)
    const known = this.#contexts.get(key)
    if (known?.version === this.#state.version) return known.context
    const context = this.#freshContext(step, undefined, this.#play.plan)
    this.#contexts.set(key, { version: this.#state.version, context })
    return context
  }

  #pendingContext(step: Step, values: Vars | undefined, pending: readonly string[]): TemplateContext {
    const context = this.#freshContext(step, values, this.#play.plan)
    for (const name of pending) markPending(context, name)
    return context
  }

  #freshContext(step: Step, values: Vars | undefined, plan: PlayPlan): TemplateContext {
    const { options, stateOf } = this.#tools
    return contextFor(this.#state, {
      inventory: options.inventory,
      playbook: plan.playbook,
      play: plan.play,
      role: step.scope,
      stepVars:
        values === undefined ? step.keywords.vars : [...step.keywords.vars, layerOf(step.node, values)],
      extraVars: options.extraVars ?? {},
      check: options.check === true,
      readLocal: (file) => options.content.read(file).toString('utf8'),
      playHosts: plan.hosts.map((host) => host.name).filter((name) => !this.#play.lost.has(name)),
      valuesOf: stateOf,
    })
  }
}

function layerOf(place: { readonly file: string }, vars: Vars): VarsLayer {
  return { file: place.file, lines: {}, vars, raw: true }
}

function unique(questions: readonly Question[]): readonly Question[] {
  return [...new Map(questions.map((question) => [questionKey(question), question])).values()]
}
