import { dirname, resolve } from 'node:path'
import { injectedFacts } from '../facts/ansible-names.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import { Secret } from '../kernel/secret.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { rolesInOrder, scopeOfInclude, type RoleScope } from './flatten.ts'
import { lookupOne, query, type LookupPlaces } from './lookups.ts'
import { noKeywords } from './parse-keywords.ts'
import { roleIncludesOf } from './role-order.ts'
import type { Play, Playbook, Role, VarsLayer } from './types.ts'

/** What the runner knows of one host besides the inventory. */
export interface HostValues {
  readonly host: Host
  /** undefined: not asked yet. */
  readonly facts: unknown
  readonly setFacts: Vars
  readonly registered: Vars
  /** Of include_vars, the first one first. */
  readonly included?: readonly VarsLayer[]
}

/** A parameter with this value counts as not given. */
export const omit = Symbol('omit')

export interface VariableScope {
  readonly inventory: Inventory
  readonly playbook: Playbook
  readonly play: Play
  readonly role?: RoleScope | undefined
  /** Roles whose variables `include_role` with `public` has made known to the rest of the play. */
  readonly published?: readonly RoleScope[]
  readonly stepVars: readonly VarsLayer[]
  readonly extraVars: Vars
  readonly check: boolean
  /** Bytes of a file on the operator's machine, for lookup('file', path). */
  readonly readLocal: (file: string) => string
  /** Hosts of the play that have not failed. */
  readonly playHosts: () => readonly string[]
  readonly valuesOf: (host: string) => HostValues | undefined
  /** What the run as a whole is about. */
  readonly run?: RunVariables
}

/** Values of the magic variables that are the same for all tasks of a play. */
export interface RunVariables {
  readonly diff: boolean
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly forks: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly exists: (file: string) => boolean
  readonly list: (folder: string) => readonly string[]
  /** All hosts of the play, and those that have a slot now. */
  readonly allHosts: () => readonly string[]
  readonly batch: () => readonly string[]
}

export const noRun: RunVariables = {
  ...{ diff: false, tags: [], skipTags: [], forks: 1, environment: {} },
  ...{ exists: () => true, list: () => [], allHosts: () => [], batch: () => [] },
}

/** Variables that a role brings, weak ones and strong ones. */
export interface RoleLayers {
  readonly name: string
  readonly defaults: VarsLayer
  readonly vars: readonly VarsLayer[]
}

const roleLists = new WeakMap<Play, readonly RoleLayers[]>()

/** Roles of a play in order, listed and imported; the same for all hosts. */
export function rolesOf(play: Play, playbook: Playbook): readonly RoleLayers[] {
  const known = roleLists.get(play)
  if (known) return known
  const listed = rolesInOrder(play, playbook).map(({ role }) => layersOfRole({ role }, playbook))
  const imported = roleIncludesOf(play, playbook)
    .filter((node) => !node.dynamic)
    .map((node) => layersOfRole(scopeOfInclude(node, node.target, { keywords: noKeywords }), playbook))
  const roles = [...listed, ...imported].flatMap((each) => each ?? [])
  roleLists.set(play, roles)
  return roles
}

export function layersOfRole(
  scope: Pick<RoleScope, 'role' | 'varsFrom' | 'defaultsFrom'>,
  playbook: Playbook,
): RoleLayers | undefined {
  const role = playbook.roles.get(scope.role)
  if (!role) return undefined
  const { varsFrom, defaultsFrom } = scope
  return {
    name: role.name,
    defaults: role.defaultsFiles.get(defaultsFrom ?? 'main') ?? role.defaults,
    vars: [role.vars, ...(varsFrom === undefined ? [] : [role.varsFiles.get(varsFrom) ?? role.vars])],
  }
}

/** `ansible_distribution` and the like: below all layers, so that a variable of that name wins; one object for all hosts. */
export const injected: TemplateContext = Object.defineProperties(
  Object.create(null) as Record<string, unknown>,
  Object.fromEntries(
    injectedFacts.map((name) => [
      `ansible_${name}`,
      {
        enumerable: true,
        get(this: { readonly ansible_facts: Readonly<Record<string, unknown>> | undefined }) {
          return this.ansible_facts?.[name]
        },
      },
    ]),
  ),
)

export function roleMagic(own: Role, scope: RoleScope | undefined): Readonly<Record<string, unknown>> {
  return {
    ...{ role_path: resolve(own.path), role_name: own.name, ansible_role_name: own.name },
    ansible_parent_role_names: scope?.parents ?? [],
  }
}

export function magicOf(values: HostValues, scope: VariableScope): Readonly<Record<string, unknown>> {
  const { host } = values
  return {
    inventory_hostname: host.name,
    inventory_hostname_short: host.name.split('.')[0],
    group_names: groupNamesOf(host),
    groups: groupsOf(scope.inventory),
    playbook_dir: resolve(dirname(scope.play.file)),
    ...runMagic(scope),
    omit,
    address_of: (name: string): string => addressOf(scope.inventory.hosts.get(name), name),
  }
}

/** By name, as in Ansible; the inventory has them in the order of precedence. */
function groupNamesOf({ groups }: Host): readonly string[] {
  return groups.filter((name) => name !== 'all').sort()
}

function runMagic({ play, playbook, inventory, check, run = noRun }: VariableScope): Vars {
  const [source] = inventory.sources
  return {
    ansible_check_mode: check,
    ansible_diff_mode: run.diff,
    ansible_run_tags: run.tags.length > 0 ? run.tags : ['all'],
    ansible_skip_tags: run.skipTags,
    ansible_forks: run.forks,
    ansible_play_name: play.name,
    ...{ role_names: roleNames(play, playbook), ansible_role_names: roleNames(play, playbook) },
    ansible_version: { full: '2.14.0', major: 2, minor: 14, revision: 0, string: '2.14.0' },
    ...(source === undefined
      ? {}
      : { inventory_file: resolve(source), inventory_dir: dirname(resolve(source)) }),
  }
}

function roleNames(play: Play, playbook: Playbook): readonly string[] {
  return [...new Set(rolesOf(play, playbook).map((role) => role.name))]
}

type Query = (kind: string, ...terms: unknown[]) => unknown

export function lookupIn(context: TemplateContext, scope: VariableScope): Query {
  const places = placesOf(scope)
  return (kind, ...terms) => lookupOne(kind, terms, { places, context })
}

export function queryIn(context: TemplateContext, scope: VariableScope): Query {
  const places = placesOf(scope)
  return (kind, ...terms) => query(kind, terms, { places, context })
}

function placesOf(scope: VariableScope): LookupPlaces {
  const { play, playbook, role, readLocal, run } = scope
  const own = role === undefined ? undefined : playbook.roles.get(role.role)
  const folders = [...(own ? [resolve(own.path)] : []), resolve(dirname(play.file))]
  const exists = (file: string): boolean => {
    try {
      readLocal(file)
      return true
    } catch {
      return false
    }
  }
  return { folders, read: readLocal, ...noRun, exists, ...run }
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
