import {
  addChild,
  addHost,
  ancestorsOf,
  type GroupDraft,
  type HostDraft,
  type InventoryDraft,
} from './inventory-draft.ts'
import { mergeVars } from './merge-vars.ts'
import type { Group, Host, Inventory, Vars } from './types.ts'

/** What group_vars/ and host_vars/ of one folder hold, by the name of the group or host. */
export interface VarsFiles {
  readonly groups: ReadonlyMap<string, Vars>
  readonly hosts: ReadonlyMap<string, Vars>
}

export interface FinishOptions {
  readonly sources: readonly string[]
  /** Beside the inventory's sources, in their order. */
  readonly inventoryVars: readonly VarsFiles[]
  /** Beside the playbook; stronger than those beside the inventory. */
  readonly playbookVars: readonly VarsFiles[]
  readonly extraVars: Vars
}

/** Applies Ansible's closing rules (all groups below `all`, hosts without a group in `ungrouped`) and its precedence. */
export function finishInventory(draft: InventoryDraft, options: FinishOptions): Inventory {
  for (const group of draft.groups.values()) {
    if (group.name !== 'all' && group.parents.size === 0)
      addChild(draft, { parent: 'all', child: group.name, where: '' })
  }
  const membership = groupsOfHosts(draft)
  fixUngrouped(draft, membership)
  warnOfSameNames(draft)
  const groups = new Map<string, Group>()
  for (const group of draft.groups.values()) groups.set(group.name, finishGroup(group, options))
  const layers = new Map<string, readonly Vars[]>()
  const hosts = new Map<string, Host>()
  for (const host of draft.hosts.values()) {
    hosts.set(host.name, finishHost(host, membership.get(host.name) ?? [], { draft, options, layers }))
  }
  return { hosts, groups, sources: options.sources }
}

/** Names of the groups of each host, in the order of precedence: depth, priority, name. */
function groupsOfHosts(draft: InventoryDraft): Map<string, string[]> {
  const ordered = [...draft.groups.values()].sort(byPrecedence)
  const rank = new Map(ordered.map((group, index) => [group.name, index]))
  const found = new Map<string, Set<string>>()
  for (const name of draft.hosts.keys()) found.set(name, new Set())
  for (const group of ordered) {
    const above = [group.name, ...ancestorsOf(draft, group.name)]
    for (const host of group.hosts) for (const name of above) found.get(host)?.add(name)
  }
  const sorted = (names: Set<string>): string[] =>
    [...names].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0))
  return new Map([...found].map(([host, names]) => [host, sorted(names)]))
}

function byPrecedence(a: GroupDraft, b: GroupDraft): number {
  if (a.depth !== b.depth) return a.depth - b.depth
  if (a.priority !== b.priority) return a.priority - b.priority
  return a.name < b.name ? -1 : 1
}

function fixUngrouped(draft: InventoryDraft, membership: Map<string, string[]>): void {
  for (const [host, groups] of membership) {
    const real = groups.filter((name) => name !== 'all' && name !== 'ungrouped')
    if (real.length > 0) {
      // A host that was put there by name leaves it for good, even where a group of its stands below.
      const wasPut = draft.groups.get('ungrouped')?.hosts.delete(host) === true
      membership.set(
        host,
        groups.filter((name) => name !== 'ungrouped' || (!wasPut && ancestorsHold(draft, real))),
      )
    } else {
      addHost(draft, host, { group: 'ungrouped', where: '' })
      membership.set(host, ['all', 'ungrouped'])
    }
  }
}

/** `ungrouped` stays among a host's groups only where somebody made it the parent of a real group. */
function ancestorsHold(draft: InventoryDraft, groups: readonly string[]): boolean {
  return groups.some((name) => ancestorsOf(draft, name).has('ungrouped'))
}

function warnOfSameNames(draft: InventoryDraft): void {
  for (const name of draft.groups.keys()) {
    if (draft.hosts.has(name)) draft.notes.add(`"${name}" is the name of a group and of a host`)
  }
}

function finishGroup(group: GroupDraft, options: FinishOptions): Group {
  const files = [...options.inventoryVars, ...options.playbookVars]
  const vars = mergeVars([
    group.vars,
    ...files.map(({ groups }) => groups.get(group.name)),
    group.priority === 1 ? {} : { ansible_group_priority: group.priority },
  ])
  return { name: group.name, hosts: [...group.hosts], children: [...group.children], vars }
}

interface HostContext {
  readonly draft: InventoryDraft
  readonly options: FinishOptions
  /** Group layers by the list of groups: hosts of the same groups share them. */
  readonly layers: Map<string, readonly Vars[]>
}

function finishHost(host: HostDraft, groups: readonly string[], context: HostContext): Host {
  const { options } = context
  const files = [...options.inventoryVars, ...options.playbookVars]
  const own = mergeVars([host.vars, ...files.map(({ hosts }) => hosts.get(host.name))])
  const key = groups.join('\n')
  let layers = context.layers.get(key)
  if (!layers) {
    layers = groupLayers(groups, context)
    context.layers.set(key, layers)
  }
  return {
    name: host.name,
    groups,
    vars: mergeVars([...layers, own, options.extraVars]),
    ownVars: own,
  }
}

/**
 * Weakest first. The order is Ansible's VARIABLE_PRECEDENCE: files beside the inventory beat what stands in it. Of
 * several inventories the later folder wins, whatever the depth of the groups.
 */
function groupLayers(groups: readonly string[], context: HostContext): readonly Vars[] {
  const { inventoryVars, playbookVars } = context.options
  const others = groups.filter((name) => name !== 'all')
  const inFile = (name: string): Vars => context.draft.groups.get(name)?.vars ?? {}
  const from = (folders: readonly VarsFiles[], names: readonly string[]): readonly Vars[] =>
    folders.flatMap((files) => names.map((name) => files.groups.get(name) ?? {}))
  const layers = [
    inFile('all'),
    ...others.map(inFile),
    ...from(inventoryVars, ['all']),
    ...from(playbookVars, ['all']),
    ...from(inventoryVars, others),
    ...from(playbookVars, others),
  ]
  return [mergeVars(layers)]
}
