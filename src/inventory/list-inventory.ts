import { hostsOf } from './patterns.ts'
import type { Group, Inventory, Vars } from './types.ts'

/** The value that `ansible-inventory --list --export` prints as JSON. */
export function listInventory(inventory: Inventory): Readonly<Record<string, unknown>> {
  const listed: Record<string, unknown> = {}
  const add = (group: Group): void => {
    const entry = groupEntry(group)
    if (Object.keys(entry).length > 0) listed[group.name] = entry
    for (const name of group.children) {
      const child = inventory.groups.get(name)
      if (child && !(name in listed)) add(child)
    }
  }
  const all = inventory.groups.get('all')
  if (all) add(all)
  return { ...listed, _meta: { hostvars: hostVars(inventory) } }
}

function groupEntry(group: Group): Record<string, unknown> {
  return {
    ...(group.name === 'all' || group.hosts.length === 0 ? {} : { hosts: group.hosts }),
    ...(group.children.length === 0 ? {} : { children: group.children }),
    ...(Object.keys(group.vars).length === 0 ? {} : { vars: group.vars }),
  }
}

function hostVars(inventory: Inventory): Readonly<Record<string, Vars>> {
  const found: Record<string, Vars> = {}
  for (const name of hostsOf(inventory, 'all')) {
    const own = inventory.hosts.get(name)?.ownVars ?? {}
    if (Object.keys(own).length > 0) found[name] = own
  }
  return found
}

/** What `ansible-inventory --graph` prints, from one group down. Undefined when there is no such group. */
export function graphInventory(inventory: Inventory, from = 'all'): string | undefined {
  const top = inventory.groups.get(from)
  if (!top) return undefined
  const lines: string[] = []
  const draw = (group: Group, depth: number): void => {
    lines.push(graphLine(`@${group.name}:`, depth))
    for (const name of group.children) {
      const child = inventory.groups.get(name)
      if (child) draw(child, depth + 1)
    }
    if (group.name !== 'all') for (const host of group.hosts) lines.push(graphLine(host, depth + 1))
  }
  draw(top, 0)
  return lines.join('\n')
}

function graphLine(name: string, depth: number): string {
  return depth === 0 ? name : `${'  |'.repeat(depth)}--${name}`
}

/** What `ansible-inventory --host` prints: all variables of a host after precedence. Undefined when there is no such host. */
export function describeHost(inventory: Inventory, host: string): Vars | undefined {
  return inventory.hosts.get(host)?.vars
}
