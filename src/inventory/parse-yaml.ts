import { unknownWord } from '../kernel/nearest.ts'
import type { LocatedMember, LocatedNode } from '../yaml/located-yaml.ts'
import { expandHostPattern } from './host-range.ts'
import {
  addChild,
  addGroup,
  addHost,
  setGroupVar,
  setHostVar,
  type InventoryDraft,
} from './inventory-draft.ts'

const groupKeys = ['hosts', 'children', 'vars']

/** Adds the groups of one YAML or JSON inventory (with `hosts`, `children`, `vars`) to the draft; faults go to `draft.problems`. */
export function addYamlGroups(root: LocatedNode, draft: InventoryDraft): void {
  const members = root.members()
  const plugin = members.find((member) => member.key === 'plugin')
  if (plugin) {
    const message = `inventory plugins (here "${String(plugin.node.value)}") are not read; write its result to a file with ansible-inventory --list --export --yaml`
    draft.problems.push({ where: whereOf(plugin), message })
    return
  }
  for (const member of members) readGroup(member, draft)
}

function whereOf({ node, line }: LocatedMember): string {
  return `${node.file}:${line}`
}

/** False where the member is no group. */
function readGroup(member: LocatedMember, draft: InventoryDraft): boolean {
  const { key, node } = member
  const where = whereOf(member)
  if (!node.isEmpty && !node.isMap) {
    draft.warnings.add(`${where}: "${key}" is skipped: it is not a group (a mapping)`)
    return false
  }
  if (!isName(member, draft)) return false
  addGroup(draft, key)
  for (const section of node.members()) readSection(key, section, draft)
  return true
}

/** Ansible refuses names that YAML types: `1:` is a number, `yes:` a boolean. */
function isName(member: LocatedMember, draft: InventoryDraft): boolean {
  if (typeof member.typedKey === 'string' && member.key !== '') return true
  const what = member.key === '' ? 'must not be empty' : `must be a text; write "${member.key}" in quotes`
  draft.problems.push({ where: whereOf(member), message: `the name of a group or host ${what}` })
  return false
}

function readSection(group: string, section: LocatedMember, draft: InventoryDraft): void {
  const { key, node } = section
  const where = whereOf(section)
  if (!groupKeys.includes(key)) {
    // Ansible skips it with a warning; a group that silently lacks its hosts is worse than a refusal.
    draft.problems.push({ where, message: `group "${group}": ${unknownWord('key', key, groupKeys)}` })
    return
  }
  if (node.isEmpty) return
  if (!node.isMap) {
    readSingle(group, section, draft)
    return
  }
  for (const member of node.members()) readMember(group, key, { member, draft })
}

/** `hosts: h1` stands for a mapping with that one name. */
function readSingle(group: string, section: LocatedMember, draft: InventoryDraft): void {
  const { key, node } = section
  const name = node.value
  const where = whereOf(section)
  if (typeof name !== 'string') {
    const message = `"${key}" of group "${group}" must be a mapping (name: value), not a list or a number`
    draft.problems.push({ where, message })
  } else if (key === 'vars') setGroupVar(draft, group, { name, value: null, where })
  else if (key === 'hosts') addHosts(group, { name, where, vars: [] }, draft)
  else {
    addGroup(draft, name)
    addChild(draft, { parent: group, child: name, where })
  }
}

function readMember(
  group: string,
  key: string,
  context: { member: LocatedMember; draft: InventoryDraft },
): void {
  const { member, draft } = context
  const where = whereOf(member)
  if (key === 'vars') setGroupVar(draft, group, { name: member.key, value: member.node.value, where })
  else if (key === 'hosts') readHosts(group, member, draft)
  else if (readGroup(member, draft)) addChild(draft, { parent: group, child: member.key, where })
}

function readHosts(group: string, member: LocatedMember, draft: InventoryDraft): void {
  if (!isName(member, draft)) return
  const { node } = member
  const where = whereOf(member)
  if (node.isMap || isFalsy(node)) {
    addHosts(group, { name: member.key, where, vars: node.members() }, draft)
    return
  }
  draft.problems.push({
    where,
    message: `host "${member.key}" must have a mapping of variables or nothing, got ${JSON.stringify(node.value)}`,
  })
}

/** What Python counts as nothing stands for no variables. */
function isFalsy(node: LocatedNode): boolean {
  const { value } = node
  return !value || (Array.isArray(value) && value.length === 0)
}

function addHosts(
  group: string,
  entry: { readonly name: string; readonly where: string; readonly vars: readonly LocatedMember[] },
  draft: InventoryDraft,
): void {
  const { where } = entry
  const hosts = expandHostPattern(entry.name)
  if ('fault' in hosts) {
    draft.problems.push({ where, message: hosts.fault })
    return
  }
  const vars = entry.vars.map((one) => ({ name: one.key, value: one.node.value, where: whereOf(one) }))
  for (const name of hosts.names) {
    const host = addHost(draft, name, { group, where, port: hosts.port })
    for (const one of vars) setHostVar(draft, host, one)
  }
}
