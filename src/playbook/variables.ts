import { dirname, resolve } from 'node:path'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import { Secret } from '../kernel/secret.ts'
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
import { rolesInOrder, type RoleScope } from './flatten.ts'
import type { Play, Playbook, Role, VarsLayer } from './types.ts'

/** What the runner knows of one host besides the inventory. */
export interface HostValues {
  readonly host: Host
  /** undefined: not asked yet. */
  readonly facts: unknown
  readonly setFacts: Vars
  readonly registered: Vars
}

/** A parameter with this value counts as not given. */
export const omit = Symbol('omit')

export interface VariableScope {
  readonly inventory: Inventory
  readonly playbook: Playbook
  readonly play: Play
  readonly role?: RoleScope | undefined
  readonly stepVars: readonly VarsLayer[]
  readonly extraVars: Vars
  readonly check: boolean
  /** Bytes of a file on the operator's machine, for lookup('file', path). */
  readonly readLocal: (file: string) => string
  /** Hosts of the play that have not failed. */
  readonly playHosts: () => readonly string[]
  readonly valuesOf: (host: string) => HostValues | undefined
}

/** What all tasks of one role (or of none) see on one host, whatever was registered: the part that costs to make. */
export interface BaseContext extends Shared {
  readonly context: TemplateContext
}

/** Lowest precedence: defaults, the inventory, the play, `vars/` of roles. */
export function baseContext(values: HostValues, scope: VariableScope): BaseContext {
  const { play, playbook } = scope
  const roles = rolesOf(play, playbook)
  const own = scope.role === undefined ? undefined : playbook.roles.get(scope.role.role)
  const layers: VarsLayer[] = [
    ...roles.map((role) => role.defaults),
    ...(own ? [own.defaults] : []),
    layerOf('inventory', values.host.vars),
    ...play.keywords.vars,
    ...play.varsFiles,
    ...roles.map((role) => role.vars),
    ...(own ? [own.vars] : []),
  ]
  const magic = {
    ...magicOf(values, scope),
    ...(own ? { role_path: resolve(own.path), role_name: own.name } : {}),
  }
  return finish(layers, magic, scope, () => {
    if (values.facts === undefined) throw new PendingValue('facts')
    return values.facts
  })
}

/** The context of one task on one host. Precedence, lowest first: docs/variables.md. */
export function contextFor(
  values: HostValues,
  scope: VariableScope,
  base: BaseContext = baseContext(values, scope),
): TemplateContext {
  const { play } = scope
  const layers = [
    // The play's own variables stand at the head of the inherited ones; they are in the base.
    ...scope.stepVars.filter((layer) => !play.keywords.vars.includes(layer)),
    raw('set_fact', values.setFacts),
    raw('register', values.registered),
    ...(scope.role?.params ?? []),
    layerOf('extra variables', scope.extraVars),
  ]
  return layered(base.context, layers, base)
}

/** What other hosts see of a host through hostvars: inventory, facts, set facts, registered values; nothing of a play. */
function hostContext(values: HostValues, scope: VariableScope): TemplateContext {
  const layers = [
    layerOf('inventory', values.host.vars),
    raw('set_fact', values.setFacts),
    raw('register', values.registered),
    layerOf('extra variables', scope.extraVars),
  ]
  // Facts of a host that was not asked are undefined, as in Ansible.
  return finish(layers, magicOf(values, scope), scope, () => values.facts).context
}

function finish(
  layers: readonly VarsLayer[],
  magic: Readonly<Record<string, unknown>>,
  scope: VariableScope,
  facts: () => unknown,
): BaseContext {
  const looks: Looks = { count: 0 }
  const lazily: Readonly<Record<string, Lazy>> = {
    ...{ facts, ansible_facts: facts, play_hosts: scope.playHosts, ansible_play_hosts: scope.playHosts },
    ...{ hostvars: () => hostvarsOf(scope, looks), vars: optional },
  }
  const reserved = new Set([...Object.keys(magic), ...Object.keys(lazily)])
  const context = rootContext(layers, looks)
  for (const [name, value] of Object.entries(magic)) setPlain(context, name, value)
  for (const [name, make] of Object.entries(lazily)) defineLazy(context, name, make, looks)
  return { context, reserved, looks }
}

const roleLists = new WeakMap<Play, readonly Role[]>()

/** Roles of a play in order; the same for all hosts. */
function rolesOf(play: Play, playbook: Playbook): readonly Role[] {
  const known = roleLists.get(play)
  if (known) return known
  const roles = rolesInOrder(play, playbook).flatMap((use) => playbook.roles.get(use.role) ?? [])
  roleLists.set(play, roles)
  return roles
}

function magicOf(values: HostValues, scope: VariableScope): Readonly<Record<string, unknown>> {
  const { host } = values
  return {
    inventory_hostname: host.name,
    inventory_hostname_short: host.name.split('.')[0],
    group_names: host.groups.filter((name) => name !== 'all'),
    groups: groupsOf(scope.inventory),
    playbook_dir: resolve(dirname(scope.play.file)),
    ansible_check_mode: scope.check,
    omit,
    lookup: (kind: string, name: string): string =>
      lookup(kind, resolve(dirname(scope.play.file), name), scope),
    address_of: (name: string): string => addressOf(scope.inventory.hosts.get(name), name),
  }
}

/** Ansible's lookup: `file` is the text of a file here, relative to the playbook. */
function lookup(kind: string, file: string, scope: VariableScope): string {
  if (kind === 'file') return scope.readLocal(file).replace(/\n$/, '')
  throw new Error(`unknown lookup "${kind}"; known is file`)
}

const groupMaps = new WeakMap<Inventory, Readonly<Record<string, readonly string[]>>>()

/** Hosts of each group by name, and empty lists for nobody: `groups.zookeeper` of an unknown group is undefined. */
function groupsOf(inventory: Inventory): Readonly<Record<string, readonly string[]>> {
  const known = groupMaps.get(inventory)
  if (known) return known
  const members = new Map<string, string[]>([...inventory.groups.keys()].map((name) => [name, []]))
  for (const host of inventory.hosts.values())
    for (const name of host.groups) members.get(name)?.push(host.name)
  const groups = Object.fromEntries(members)
  groupMaps.set(inventory, groups)
  return groups
}

/**
 * Address under which others reach a host: kmesos_address, else ansible_host, else its name. One rule for every
 * component, and no fact is needed for it.
 */
export function addressOf(host: Host | undefined, name: string): string {
  const address = host?.vars['kmesos_address'] ?? host?.vars['ansible_host'] ?? name
  return String(address instanceof Secret ? address.plain() : address)
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
