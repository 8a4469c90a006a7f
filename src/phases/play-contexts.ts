import type { Vars } from '../inventory/types.ts'
import { markPending } from '../playbook/context.ts'
import type { Step } from '../playbook/flatten.ts'
import type { VarsLayer } from '../playbook/types.ts'
import { baseContext, contextFor, type BaseContext, type VariableScope } from '../playbook/variables.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { HostState } from './play-host-state.ts'
import type { PlayPlan, PlayState, RunTools } from './play-types.ts'
import type { UnitEnvironment } from './play-unit.ts'

/** What expressions see on one host in one play. */
export class HostContexts {
  readonly #state: HostState
  readonly #play: PlayState
  readonly #tools: RunTools
  /** Shared by all contexts of a play and role, whatever is registered. */
  readonly #bases = new Map<PlayPlan, Map<string | undefined, BaseContext>>()
  readonly #known = new Map<object, { readonly version: number; readonly context: TemplateContext }>()

  constructor(state: HostState, play: PlayState, tools: RunTools) {
    this.#state = state
    this.#play = play
    this.#tools = tools
  }

  /**
   * Made once for each role (and for each step with variables of its own) until a value of the host changes. `pending`
   * are names that steps before this one will give a value to.
   */
  of(step: Step, values?: Vars, pending: readonly string[] = []): TemplateContext {
    if (values !== undefined || pending.length > 0) return this.#withPending(step, values, pending)
    const ownVars = step.keywords.vars.length > this.#play.plan.play.keywords.vars.length
    const key = ownVars ? step : (step.scope ?? this)
    const known = this.#known.get(key)
    if (known?.version === this.#state.version) return known.context
    const context = this.fresh(step, undefined, this.#play.plan)
    this.#known.set(key, { version: this.#state.version, context })
    return context
  }

  /** A context that nobody else holds: names may be marked as pending in it. */
  fresh(step: Step, values: Vars | undefined, plan: PlayPlan): TemplateContext {
    const scope = this.#scopeOf(step, values, plan)
    return contextFor(this.#state, scope, this.#baseOf(scope, plan))
  }

  #scopeOf(step: Step, values: Vars | undefined, plan: PlayPlan): VariableScope {
    const { options, stateOf } = this.#tools
    return {
      inventory: options.inventory,
      playbook: plan.playbook,
      play: plan.play,
      role: step.scope,
      stepVars:
        values === undefined ? step.keywords.vars : [...step.keywords.vars, rawLayer(step.node, values)],
      extraVars: options.extraVars ?? {},
      check: options.check === true,
      readLocal: (file) => options.content.read(file).toString('utf8'),
      playHosts: () => plan.hosts.map((host) => host.name).filter((name) => !this.#play.lost.has(name)),
      valuesOf: stateOf,
    }
  }

  #baseOf(scope: VariableScope, plan: PlayPlan): BaseContext {
    const bases = this.#bases.get(plan) ?? new Map<string | undefined, BaseContext>()
    this.#bases.set(plan, bases)
    const role = scope.role?.role
    const base = bases.get(role) ?? baseContext(this.#state, scope)
    bases.set(role, base)
    return base
  }

  environment(plan: PlayPlan = this.#play.plan): UnitEnvironment {
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

  #withPending(step: Step, values: Vars | undefined, pending: readonly string[]): TemplateContext {
    const context = this.fresh(step, values, this.#play.plan)
    for (const name of pending) markPending(context, name)
    return context
  }
}

/** Variables whose values came from rendering or from a host: never rendered again. */
export function rawLayer(place: { readonly file: string }, vars: Vars): VarsLayer {
  return { file: place.file, lines: {}, vars, raw: true }
}
