import { Secret } from '../kernel/secret.ts'
import { hostsOf } from './patterns.ts'
import type { Group, Inventory, Vars } from './types.ts'

export interface ListOptions {
  /** As `--export`: variables stand where they were set, at groups and hosts. Without it every host has all of its own. */
  readonly export: boolean
  /** Names of the only hosts to show. */
  readonly only?: ReadonlySet<string> | undefined
}

/** The value that `ansible-inventory --list` prints as JSON. */
export function listInventory(inventory: Inventory, options: ListOptions): Readonly<Record<string, unknown>> {
  const listed = new Map<string, unknown>()
  const add = (group: Group): void => {
    const entry = groupEntry(group, options)
    if (Object.keys(entry).length > 0) listed.set(group.name, entry)
    for (const name of group.children) {
      const child = inventory.groups.get(name)
      if (child && !listed.has(name)) add(child)
    }
  }
  const all = inventory.groups.get('all')
  if (all) add(all)
  const hostvars = Object.fromEntries(
    hostsOf(inventory, 'all')
      .filter((name) => isShown(name, options))
      .map((name) => [name, varsOf(inventory, name, options)] as const)
      .filter(([, vars]) => Object.keys(vars).length > 0),
  )
  return { ...Object.fromEntries(listed), _meta: { hostvars } }
}

function isShown(host: string, { only }: ListOptions): boolean {
  return only?.has(host) ?? true
}

function groupEntry(group: Group, options: ListOptions): Record<string, unknown> {
  const hosts = group.name === 'all' ? [] : group.hosts.filter((name) => isShown(name, options))
  return {
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(group.children.length === 0 ? {} : { children: group.children }),
    ...(!options.export || Object.keys(group.vars).length === 0 ? {} : { vars: shown(group.vars) }),
  }
}

function varsOf(inventory: Inventory, name: string, options: ListOptions): Vars {
  const host = inventory.hosts.get(name)
  return shown((options.export ? host?.ownVars : host?.vars) ?? {}) as Vars
}

/** The value that `ansible-inventory --list --yaml` prints: groups inside of each other, each host's variables once. */
export function nestInventory(inventory: Inventory, options: ListOptions): Readonly<Record<string, unknown>> {
  const seen = new Set<string>()
  const entryOf = (group: Group): Record<string, unknown> => {
    const children = group.children.flatMap((name) => {
      const child = inventory.groups.get(name)
      return child ? [[name, entryOf(child)] as const] : []
    })
    const hosts = group.name === 'all' ? [] : group.hosts.filter((name) => isShown(name, options))
    const entries = hosts.map((name) => {
      const vars = seen.has(name) ? {} : varsOf(inventory, name, options)
      seen.add(name)
      return [name, vars] as const
    })
    return {
      ...(children.length === 0 ? {} : { children: Object.fromEntries(children) }),
      ...(entries.length === 0 ? {} : { hosts: Object.fromEntries(entries) }),
      ...(!options.export || Object.keys(group.vars).length === 0 ? {} : { vars: shown(group.vars) }),
    }
  }
  const all = inventory.groups.get('all')
  return all ? { all: entryOf(all) } : {}
}

/**
 * Variables as they may be printed: an encrypted value as Ansible's own JSON form of it (which both read again), what a
 * file encrypted as a whole held as ***.
 */
export function shown(value: unknown): unknown {
  if (value instanceof Secret)
    return value.sealed === undefined ? value.toString() : { __ansible_vault: value.sealed }
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shown(member)]))
}

/** What `ansible-inventory --host` prints: all variables of a host after precedence. Undefined when there is no such host. */
export function describeHost(inventory: Inventory, host: string): Vars | undefined {
  const found = inventory.hosts.get(host)
  return found && (shown(found.vars) as Vars)
}
