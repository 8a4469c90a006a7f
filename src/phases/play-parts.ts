import type { Vars } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { TouchedKeys } from '../plan/resources.ts'
import type { RoleScope, Step } from '../playbook/flatten.ts'
import type { TagChoice } from '../playbook/tags.ts'
import { itemValues } from '../playbook/loop-items.ts'
import type { Include, Task } from '../playbook/types.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { namesGivenBy } from './play-ahead.ts'
import { Batch } from './play-batch.ts'
import { HostContexts } from './play-contexts.ts'
import { StepCursor } from './play-cursor.ts'
import { stepsOfInclude } from './play-expand.ts'
import type { Entry } from './play-entry.ts'
import { BlockFlow } from './play-flow.ts'
import { DueHandlers } from './play-handlers.ts'
import type { HostState } from './play-host-state.ts'
import { MetaActions } from './play-meta.ts'
import { isOnce, OnceTasks } from './play-once.ts'
import { HostPrograms } from './play-program.ts'
import type { PlayReport } from './play-report.ts'
import { RoleRuns } from './play-roles.ts'
import { Settler } from './play-settle.ts'
import { Throttle } from './play-throttle.ts'
import type { PlayState, RunTools } from './play-types.ts'
import type { Prepared } from './play-unit.ts'

/** What one host's way through one play is made of; each part knows nothing of the way itself. */
export class HostParts {
  readonly contexts: HostContexts
  readonly programs: HostPrograms
  readonly once: OnceTasks
  readonly settler: Settler
  readonly flow = new BlockFlow()
  readonly roles = new RoleRuns()
  readonly cursor: StepCursor
  readonly batch = new Batch()
  readonly throttle: Throttle
  readonly meta: MetaActions
  /** What check mode would have touched: what looks at it is a forecast. */
  readonly foreseen = new TouchedKeys()
  readonly #play: PlayState
  readonly #due: DueHandlers
  readonly #tags: TagChoice
  readonly #clock: Clock

  constructor(state: HostState, play: PlayState, tools: RunTools, report: PlayReport) {
    this.#play = play
    this.#tags = tools.options
    this.#clock = tools.options.clock
    this.contexts = new HostContexts(state, play, tools)
    this.once = new OnceTasks(play, state.host.name)
    this.#due = new DueHandlers(play.plan.handlers, { report, contextOf: (step) => this.contexts.of(step) })
    const parts = { tools, report, contexts: this.contexts, once: this.once }
    this.programs = new HostPrograms(state, play.plan, parts)
    this.settler = new Settler(state, { ...parts, flow: this.flow, roles: this.roles })
    const { steps, play: written } = play.plan
    const forces = written.forceHandlers || tools.options.forceHandlers === true
    this.cursor = new StepCursor(forces ? steps.map(forcedFlush) : steps)
    this.throttle = new Throttle(play)
    this.meta = new MetaActions(state, play, {
      tools,
      programs: this.programs,
      once: this.once,
      cursor: this.cursor,
    })
  }

  isOnce(step: Step): boolean {
    return isOnce(step, () => this.contexts.of(step))
  }

  /** Lets the step at hand wait for the next program, or for those before it. */
  push(entry: Omit<Entry, 'stepIndex' | 'itemIndex' | 'startedAt' | 'gives'>): void {
    this.batch.push({ ...entry, ...this.place, startedAt: this.#clock.now() })
  }

  /** The step at hand, and the names that it gives a value to, whatever becomes of it. */
  get place(): Pick<Entry, 'stepIndex' | 'itemIndex' | 'gives'> {
    const { index, item, step } = this.cursor
    const gives = step?.node.kind === 'task' ? namesGivenBy(step.node) : []
    return { stepIndex: index, itemIndex: item, gives }
  }

  /** Steps of the handlers that are due next. */
  takeHandlers(): readonly Step[] {
    return this.#due.take(this.settler.notified)
  }

  /** Steps that an include stands for; values that waiting steps will give are not known yet. */
  stepsOfInclude(step: Step, node: Include): readonly Step[] {
    const contextOf = (each: Step, values?: Vars): TemplateContext =>
      this.contexts.of(each, values, this.batch.pending)
    const { playbook } = this.#play.plan
    const publish = (role: RoleScope): void => this.contexts.publish(role)
    return stepsOfInclude(step, node, { contextOf, playbook, tags: this.#tags, publish })
  }

  /** The step, or the item at hand of its loop, made ready, and what it sees. */
  unitOf(step: Step, task: Task): { readonly unit: Prepared; readonly context: TemplateContext } {
    const { pending } = this.batch
    const { items } = this.settler.progressOf(step, () => this.contexts.of(step, undefined, pending))
    const at = this.cursor.item
    const values = items && itemValues(task, items[at], at, items)
    const context = this.contexts.of(step, values, pending)
    if (items?.length === 0) return { unit: { skipped: 'the loop is empty' }, context }
    return { unit: this.contexts.unitOf(step, values, pending), context }
  }

  /** Frees what other hosts may be waiting for. */
  release(): void {
    this.throttle.release()
    this.once.release()
  }
}

/** force_handlers: handlers are flushed on a host that has failed as well. */
function forcedFlush(step: Step): Step {
  const isFlush = step.node.kind === 'meta' && step.node.action === 'flush_handlers'
  return isFlush ? { ...step, forced: true } : step
}
