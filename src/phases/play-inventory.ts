import type { Group, Host, Inventory } from '../inventory/types.ts'
import type { AddedHost } from './play-effects.ts'
import type { HostState } from './play-host-state.ts'
import type { RunTools } from './play-types.ts'

/** The inventory of a run: add_host and group_by replace it, the files it came from stay as they are. */
export class RunInventory {
  current: Inventory
  isChanged = false
  readonly #states: ReadonlyMap<string, HostState>

  constructor(inventory: Inventory, states: ReadonlyMap<string, HostState>) {
    this.current = inventory
    this.#states = states
  }

  get tools(): Pick<RunTools, 'inventory' | 'addHost' | 'groupBy'> {
    return {
      inventory: () => this.current,
      addHost: ({ name, groups, vars }) => this.#put(name, groups, vars),
      groupBy: (host, groups) => this.#put(host, groups, {}),
    }
  }

  #put(name: string, groups: readonly string[], vars: AddedHost['vars']): void {
    const before = this.current.hosts.get(name) ?? { name, groups: ['all'], vars: {} }
    const wanted = ['all', ...groups.flatMap((group) => [group, ...parentsOf(this.current, group)])]
    const inherited = groups.flatMap((group) => Object.entries(this.current.groups.get(group)?.vars ?? {}))
    const host: Host = {
      ...before,
      groups: [...new Set([...before.groups, ...wanted])],
      vars: { ...Object.fromEntries(inherited), ...before.vars, ...vars },
    }
    this.current = {
      ...this.current,
      hosts: new Map([...this.current.hosts, [name, host]]),
      groups: withMember(this.current.groups, name, ['all', ...groups]),
    }
    this.isChanged = true
    this.#states.get(name)?.replaceHost(host)
    for (const state of this.#states.values()) state.version++
  }
}

function parentsOf(inventory: Inventory, group: string): readonly string[] {
  return [...inventory.groups.values()]
    .filter((each) => each.children.includes(group))
    .flatMap((each) => [each.name, ...parentsOf(inventory, each.name)])
}

function withMember(
  groups: ReadonlyMap<string, Group>,
  host: string,
  names: readonly string[],
): ReadonlyMap<string, Group> {
  const changed = new Map(groups)
  for (const name of names) {
    const group = changed.get(name) ?? { name, hosts: [], children: [], vars: {} }
    if (!group.hosts.includes(host)) changed.set(name, { ...group, hosts: [...group.hosts, host] })
  }
  return changed
}
