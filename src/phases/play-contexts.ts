import type { Vars } from '../inventory/types.ts'
import type { ContentSource } from '../modules/types.ts'
import { markPending } from '../playbook/context.ts'
import type { RoleScope, Step } from '../playbook/flatten.ts'
import type { VarsLayer } from '../playbook/types.ts'
import {
  baseContext,
  contextFor,
  type BaseContext,
  type RunVariables,
  type VariableScope,
} from '../playbook/variables.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { HostState } from './play-host-state.ts'
import { hostNamed } from './play-links.ts'
import { ReadyUnits } from './play-ready.ts'
import type { PlanningOptions, PlayPlan, PlayState, RunTools } from './play-types.ts'
import { prepareUnit, type Prepared, type UnitEnvironment } from './play-unit.ts'

/** A context, and the state of the host's values that it was made from. */
interface Versioned {
  readonly version: number
  readonly context: TemplateContext
}

type ContextPlay = Pick<PlayState, 'plan' | 'lost' | 'running'>
type ContextTools = Pick<RunTools, 'stateOf' | 'inventory'> & { readonly options: PlanningOptions }

/** What expressions see on one host in one play. */
export class HostContexts {
  readonly #state: HostState
  readonly #play: ContextPlay
  readonly #tools: ContextTools
  /** Shared by all contexts of a play and role, whatever is registered. */
  readonly #bases = new Map<PlayPlan, Map<string | undefined, BaseContext>>()
  #basesOf: unknown
  readonly #known = new Map<PlayPlan, Map<object, Versioned>>()
  readonly ready = new ReadyUnits()

  #published: readonly RoleScope[] = []

  constructor(state: HostState, play: ContextPlay, tools: ContextTools) {
    this.#state = state
    this.#play = play
    this.#tools = tools
  }

  /**
   * Made once for each role (and for each step with variables of its own) until a value of the host changes. `pending`
   * are names that steps before this one will give a value to.
   */
  of(
    step: Step,
    values?: Vars,
    pending: readonly string[] = [],
    plan: PlayPlan = this.#play.plan,
  ): TemplateContext {
    if (values !== undefined || pending.length > 0) return this.#withPending(step, values, pending, plan)
    const known = this.#knownOf(plan)
    const ownVars = step.keywords.vars.length > plan.play.keywords.vars.length
    const key = ownVars ? step : (step.scope ?? this)
    const found = known.get(key)
    if (found?.version === this.#state.version) return found.context
    const context = this.#fresh(step, undefined, plan)
    known.set(key, { version: this.#state.version, context })
    return context
  }

  /**
   * The task, or the item of its loop with these values, made ready. What was made ready ahead is handed out once more
   * when its turn has come, unless a value of the host has changed in between.
   */
  unitOf(
    step: Step,
    values?: Vars,
    pending: readonly string[] = [],
    plan: PlayPlan = this.#play.plan,
  ): Prepared {
    const remembers = values === undefined && pending.length === 0
    const known = remembers ? this.ready.get(step, this.#state.version) : undefined
    if (known) return known
    const context = this.of(step, values, pending, plan)
    const { looks } = this.#baseOf(step, plan)
    const before = looks.count
    const unit = prepareUnit(step, context, this.environment(plan))
    if (remembers && looks.count === before) this.ready.keep(step, this.#state.version, unit)
    return unit
  }

  /** include_role with `public`: the rest of the play sees the role's variables. */
  publish(role: RoleScope): void {
    this.#published = [...this.#published, role]
    for (const made of [this.#bases, this.#known, this.ready]) made.clear()
  }

  /** The step's turn is over: what was made for it goes. */
  passed(step: Step): void {
    this.ready.drop(step)
    this.#known.get(this.#play.plan)?.delete(step)
  }

  #knownOf(plan: PlayPlan): Map<object, Versioned> {
    const known = this.#known.get(plan) ?? new Map<object, Versioned>()
    this.#known.set(plan, known)
    return known
  }

  /** A context that nobody else holds: names may be marked as pending in it. */
  #fresh(step: Step, values: Vars | undefined, plan: PlayPlan): TemplateContext {
    return contextFor(this.#state, this.#scopeOf(step, values, plan), this.#baseOf(step, plan))
  }

  #scopeOf(step: Step, values: Vars | undefined, plan: PlayPlan): VariableScope {
    const { options, stateOf } = this.#tools
    return {
      inventory: this.#tools.inventory(),
      playbook: plan.playbook,
      play: plan.play,
      role: step.scope,
      published: this.#published,
      stepVars:
        values === undefined ? step.keywords.vars : [...step.keywords.vars, itemLayer(step.node, values)],
      extraVars: options.extraVars ?? {},
      check: options.check === true,
      readLocal: (file) => options.content.read(file).toString('utf8'),
      playHosts: () => plan.hosts.map((host) => host.name).filter((name) => !this.#play.lost.has(name)),
      valuesOf: stateOf,
      run: this.#runOf(plan),
    }
  }

  #baseOf(step: Step, plan: PlayPlan): BaseContext {
    // add_host and group_by give other groups and variables.
    const inventory = this.#tools.inventory()
    if (this.#basesOf !== inventory) this.#bases.clear()
    this.#basesOf = inventory
    const bases = this.#bases.get(plan) ?? new Map<string | undefined, BaseContext>()
    this.#bases.set(plan, bases)
    const { role, varsFrom, defaultsFrom, parents } = step.scope ?? {}
    const key =
      (varsFrom ?? defaultsFrom ?? parents) ? `${role} ${varsFrom} ${defaultsFrom} ${parents?.join()}` : role
    const base = bases.get(key) ?? baseContext(this.#state, this.#scopeOf(step, undefined, plan))
    bases.set(key, base)
    return base
  }

  #runOf(plan: PlayPlan): RunVariables {
    const { options } = this.#tools
    return {
      diff: options.diff === true,
      tags: options.tags ?? [],
      skipTags: options.skipTags ?? [],
      forks: options.forks ?? 1,
      environment: options.environment ?? {},
      exists: (file) => options.content.exists(file),
      list: (folder) => filesIn(options.content, folder),
      allHosts: () => plan.hosts.map((host) => host.name),
      batch: () => [...this.#play.running],
    }
  }

  environment(plan: PlayPlan = this.#play.plan): UnitEnvironment {
    const { options } = this.#tools
    return {
      host: this.#state.host.name,
      hostVars: (name) => hostNamed(this.#tools.inventory(), name).vars,
      isLocal: plan.play.keywords.connection === 'local',
      playbook: plan.playbook,
      playFile: plan.play.file,
      content: options.content,
      check: options.check === true,
      diff: options.diff === true,
    }
  }

  #withPending(
    step: Step,
    values: Vars | undefined,
    pending: readonly string[],
    plan: PlayPlan,
  ): TemplateContext {
    const context = this.#fresh(step, values, plan)
    for (const name of pending) markPending(context, name)
    return context
  }
}

function filesIn(content: ContentSource, folder: string): readonly string[] {
  const entries = content.isDirectory(folder) ? content.list(folder) : []
  return entries.flatMap(({ path, kind }) => (kind === 'directory' || path.includes('/') ? [] : [path]))
}

/** What an item of a loop brings. It came from rendering, or from a host, and is never rendered again. */
export function itemLayer(place: { readonly file: string }, vars: Vars): VarsLayer {
  return { file: place.file, lines: {}, vars, raw: true, isParam: true }
}
