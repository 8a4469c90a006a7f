import { withAnsibleNames } from '../facts/ansible-names.ts'
import type { Facts } from '../facts/types.ts'
import type { Vars } from '../inventory/types.ts'
import { holds, type TemplateContext } from '../templates/scope.ts'
import {
  defineLazy,
  layered,
  PendingValue,
  rootContext,
  setPlain,
  type Lazy,
  type Looks,
  type Shared,
} from './context.ts'
import {
  injected,
  layersOfRole,
  lookupIn,
  magicOf,
  noRun,
  queryIn,
  roleMagic,
  rolesOf,
  type HostValues,
  type VariableScope,
} from './magic-variables.ts'
import type { Play, VarsLayer } from './types.ts'
import { chosenVarsFiles } from './vars-files.ts'

export { addressOf, omit, type HostValues, type RunVariables, type VariableScope } from './magic-variables.ts'

/** What all tasks of one role (or of none) see on one host, whatever was registered: the part that costs to make. */
export interface BaseContext extends Shared {
  readonly context: TemplateContext
}

/** Lowest precedence: defaults, the inventory, the play, `vars/` of roles. */
export function baseContext(values: HostValues, scope: VariableScope): BaseContext {
  const { play, playbook } = scope
  const own = scope.role === undefined ? undefined : playbook.roles.get(scope.role.role)
  // Those that a role was included from are weaker than it, the outermost the weakest.
  const parents = (scope.role?.parents ?? []).toReversed().map((role) => ({ role }))
  const around = [...(scope.published ?? []), ...parents, ...(scope.role ? [scope.role] : [])]
  const roles = [...rolesOf(play, playbook), ...around.flatMap((each) => layersOfRole(each, playbook) ?? [])]
  const facts = (): unknown => {
    if (values.facts === undefined) throw new PendingValue('facts')
    return withAnsibleNames(values.facts as Facts)
  }
  const weaker = [
    ...roles.map((role) => role.defaults),
    layerOf('inventory', values.host.vars),
    ...play.keywords.vars,
  ]
  const given = [raw('set_fact', values.setFacts), layerOf('extra variables', scope.extraVars)]
  const layers: VarsLayer[] = [
    ...weaker,
    ...chosenVarsFiles(
      play.varsFiles,
      (chosen) => finish([...weaker, ...chosen, ...given], magicOf(values, scope), scope, facts).context,
    ),
    ...roles.flatMap((role) => role.vars),
  ]
  const magic = {
    ...magicOf(values, scope),
    ...(own ? roleMagic(own, scope.role) : {}),
  }
  return finish(layers, magic, scope, facts)
}

/** The context of one task on one host. Precedence, lowest first: docs/variables.md. */
export function contextFor(
  values: HostValues,
  scope: VariableScope,
  base: BaseContext = baseContext(values, scope),
): TemplateContext {
  const { play, stepVars } = scope
  const layers = [
    // The play's own variables stand at the head of the inherited ones; they are in the base.
    ...stepVars.filter((layer) => !layer.isParam && !play.keywords.vars.includes(layer)),
    ...(values.included ?? []),
    raw('set_fact', values.setFacts),
    raw('register', values.registered),
    ...(scope.role?.params ?? []),
    ...stepVars.filter((layer) => layer.isParam),
    layerOf('extra variables', scope.extraVars),
  ]
  return layered(base.context, layers, base)
}

/** What other hosts see of a host through hostvars: inventory, facts, set facts, registered values; nothing of a play. */
function hostContext(values: HostValues, scope: VariableScope): TemplateContext {
  const layers = [
    layerOf('inventory', values.host.vars),
    ...(values.included ?? []),
    raw('set_fact', values.setFacts),
    raw('register', values.registered),
    layerOf('extra variables', scope.extraVars),
  ]
  // Facts of a host that was not asked are undefined, as in Ansible.
  return finish(
    layers,
    magicOf(values, scope),
    scope,
    () => values.facts && withAnsibleNames(values.facts as Facts),
  ).context
}

function finish(
  layers: readonly VarsLayer[],
  magic: Readonly<Record<string, unknown>>,
  scope: VariableScope,
  facts: () => unknown,
): BaseContext {
  const looks: Looks = { count: 0 }
  const run = scope.run ?? noRun
  const lazily: Readonly<Record<string, Lazy>> = {
    ...{ facts, ansible_facts: facts, play_hosts: scope.playHosts, ansible_play_hosts: scope.playHosts },
    ...{ hostvars: () => hostvarsOf(scope, looks), vars: optional },
    ...{ ansible_play_hosts_all: run.allHosts, ansible_play_batch: run.batch },
    ...{ lookup: (around) => lookupIn(around, scope), query: (around) => queryIn(around, scope) },
  }
  const reserved = new Set([...Object.keys(magic), ...Object.keys(lazily)])
  const context = rootContext(layers, looks, injected)
  for (const [name, value] of Object.entries(magic)) setPlain(context, name, value)
  for (const [name, make] of Object.entries(lazily)) defineLazy(context, name, make, looks)
  return { context, reserved, looks }
}

interface KnownHost {
  readonly values: HostValues
  readonly play: Play
  readonly context: TemplateContext
}

/** By what a run knows of a host. A play that looks at all hosts from all hosts makes each of these once. */
const hostContexts = new WeakMap<HostValues, KnownHost>()

function knownHostContext(values: HostValues, scope: VariableScope): TemplateContext {
  const known = hostContexts.get(values)
  const { host, facts, setFacts, registered } = values
  const holds =
    known?.play === scope.play &&
    known.values.facts === facts &&
    known.values.setFacts === setFacts &&
    known.values.registered === registered
  if (holds) return known.context
  const context = hostContext(values, scope)
  hostContexts.set(values, { values: { host, facts, setFacts, registered }, play: scope.play, context })
  return context
}

function hostvarsOf(scope: VariableScope, looks: Looks): unknown {
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_target, name) => {
        if (typeof name !== 'string') return undefined
        looks.count++
        const values = scope.valuesOf(name)
        return values && knownHostContext(values, scope)
      },
      has: (_target, name) => typeof name === 'string' && scope.valuesOf(name) !== undefined,
      ownKeys: () => [...scope.inventory.hosts.keys()],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    },
  )
}

/** `vars.name` is undefined where `name` alone would be an error. */
function optional(context: TemplateContext): unknown {
  return new Proxy(context, {
    get: (target, name) => (typeof name === 'string' && holds(target, name) ? target[name] : undefined),
  })
}

function layerOf(file: string, vars: Vars): VarsLayer {
  return { file, lines: {}, vars }
}

function raw(file: string, vars: Vars): VarsLayer {
  return { file, lines: {}, vars, raw: true }
}
