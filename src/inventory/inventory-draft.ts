import type { Problem } from '../kernel/problems.ts'
import { Secret } from '../kernel/secret.ts'
import { sealLeaves } from './seal-whole.ts'
import { setMember } from './merge-vars.ts'
import type { Vars } from './types.ts'

/** An inventory while its sources are read: mutable, held by the loader alone. */
export interface InventoryDraft {
  /** While a file is read that was encrypted as a whole: its values are secrets. */
  sealing: boolean
  readonly groups: Map<string, GroupDraft>
  readonly hosts: Map<string, HostDraft>
  readonly problems: Problem[]
  /** Likely slips, said once each. */
  readonly warnings: Set<string>
  /** Of interest only to those who ask for more; Ansible warns of the same things. */
  readonly notes: Set<string>
}

export interface GroupDraft {
  readonly name: string
  vars: Record<string, unknown>
  priority: number
  depth: number
  readonly hosts: Set<string>
  readonly children: Set<string>
  readonly parents: Set<string>
}

export interface HostDraft {
  readonly name: string
  /** Where it was named first: `file:line`. */
  readonly where: string
  vars: Record<string, unknown>
}

/** An empty one: `all` with its child `ungrouped`. */
export function newDraft(): InventoryDraft {
  const draft: InventoryDraft = {
    sealing: false,
    groups: new Map(),
    hosts: new Map(),
    problems: [],
    warnings: new Set(),
    notes: new Set(),
  }
  addGroup(draft, 'all')
  addGroup(draft, 'ungrouped')
  addChild(draft, { parent: 'all', child: 'ungrouped', where: '' })
  return draft
}

export function addGroup(draft: InventoryDraft, name: string): GroupDraft {
  const known = draft.groups.get(name)
  if (known) return known
  if (/[^A-Za-z0-9_]|^\d/.test(name)) {
    draft.notes.add('invalid characters in group names; in templates they must be written as groups["name"]')
  }
  const group: GroupDraft = {
    name,
    vars: {},
    priority: 1,
    depth: 0,
    hosts: new Set(),
    children: new Set(),
    parents: new Set(),
  }
  draft.groups.set(name, group)
  return group
}

export interface HostPlace {
  readonly group: string
  /** `file:line` */
  readonly where: string
  /** Counts only where the host is named for the first time, as in Ansible. */
  readonly port?: number | undefined
}

/** Adds a host to a group. */
export function addHost(draft: InventoryDraft, name: string, place: HostPlace): HostDraft {
  let host = draft.hosts.get(name)
  if (!host) {
    const { where, port } = place
    host = { name, where, vars: port === undefined ? {} : { ansible_port: port } }
    draft.hosts.set(name, host)
  }
  addGroup(draft, place.group).hosts.add(name)
  return host
}

export interface Edge {
  readonly parent: string
  readonly child: string
  /** `file:line`, for the message about a loop. */
  readonly where: string
}

/** Makes one group the child of another; a loop is a problem. */
export function addChild(draft: InventoryDraft, edge: Edge): void {
  const parent = addGroup(draft, edge.parent)
  const child = addGroup(draft, edge.child)
  if (parent.children.has(child.name)) return
  if (parent === child || ancestorsOf(draft, parent.name).has(child.name)) {
    const message = `group "${child.name}" cannot be a child of "${parent.name}": that is a loop`
    draft.problems.push({ where: edge.where, message })
    return
  }
  parent.children.add(child.name)
  child.parents.add(parent.name)
  deepen(draft, child, parent.depth + 1)
}

function deepen(draft: InventoryDraft, group: GroupDraft, depth: number): void {
  const stack: [GroupDraft, number][] = [[group, depth]]
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [current, wanted] = top
    if (current.depth >= wanted) continue
    current.depth = wanted
    for (const child of current.children) stack.push([addGroup(draft, child), wanted + 1])
  }
}

/** Names of all groups above one. */
export function ancestorsOf(draft: InventoryDraft, name: string): Set<string> {
  const found = new Set<string>()
  const stack = [...(draft.groups.get(name)?.parents ?? [])]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (found.has(top)) continue
    found.add(top)
    stack.push(...(draft.groups.get(top)?.parents ?? []))
  }
  return found
}

/** Sets a group's variable; `ansible_group_priority` is the group's priority and no variable. */
export function setGroupVar(
  draft: InventoryDraft,
  group: string,
  entry: { name: string; value: unknown; where: string },
): void {
  const target = addGroup(draft, group)
  if (entry.name !== 'ansible_group_priority') {
    setMember(target.vars, entry.name, valueOf(draft, entry.value))
    return
  }
  const priority = priorityOf(entry.value)
  if (priority !== undefined) target.priority = priority
  else
    draft.problems.push({
      where: entry.where,
      message: `ansible_group_priority must be a whole number, got ${JSON.stringify(entry.value)}`,
    })
}

/** As Python's int() reads it: a fraction is cut off, a text of digits is a number. */
function priorityOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string' && !/^\s*[+-]?\d+\s*$/.test(value)) return undefined
  const number = typeof value === 'string' || typeof value === 'number' ? Math.trunc(Number(value)) : NaN
  return Number.isSafeInteger(number) ? number : undefined
}

/**
 * Sets a host's variable. Where a group has the same name, the group gets it: Ansible looks among the groups first
 * (and warns of such names, as we do).
 */
export function setHostVar(
  draft: InventoryDraft,
  host: HostDraft,
  entry: { name: string; value: unknown; where: string },
): void {
  if (draft.groups.has(host.name)) {
    setGroupVar(draft, host.name, entry)
    return
  }
  if (isSetOtherwise(host, entry)) {
    const first = `${entry.where}: host "${host.name}" gets another ${entry.name} than before`
    draft.warnings.add(`${first} (it is named first at ${host.where}); the last one wins`)
  }
  setMember(host.vars, entry.name, valueOf(draft, entry.value))
}

function valueOf(draft: InventoryDraft, value: unknown): unknown {
  return draft.sealing ? sealLeaves(value) : value
}

/** A slip of the pen in one file; a later file may well mean to override an earlier one. */
function isSetOtherwise(host: HostDraft, entry: { name: string; value: unknown; where: string }): boolean {
  if (!Object.hasOwn(host.vars, entry.name) || fileOf(host.where) !== fileOf(entry.where)) return false
  const known = host.vars[entry.name]
  return known !== entry.value && typeof known !== 'object' && typeof entry.value !== 'object'
}

function fileOf(where: string): string {
  return where.replace(/:\d+$/, '')
}

export function isMapping(value: unknown): value is Vars {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}
