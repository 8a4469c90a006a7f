import { unknownWord } from '../kernel/nearest.ts'
import type { FaultList } from './fault-list.ts'
import { playKeywords, refusedKeyword, refusedOfRoles, sharedKeywords } from './keyword-names.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import {
  checkKeywordTexts,
  inheritKeywords,
  membersOf,
  noKeywords,
  parseKeywords,
  parseVars,
  refuseUnknown,
  type Members,
} from './parse-keywords.ts'
import { parsePrompts } from './parse-prompts.ts'
import { parseTasks } from './parse-tasks.ts'
import type { HostOrder, Keywords, Play, RoleUse, VarsFile, VarsLayer } from './types.ts'

/** A play, and the names of its vars_files, which the loader reads. */
export type ParsedPlay = Omit<Play, 'varsFiles'> & { readonly varsFileNames: readonly NamedVarsFile[] }

/** One entry of vars_files: a name, or a list of which the first that is there counts. */
export type NamedVarsFile = Pick<VarsFile, 'file' | 'line' | 'names'>

export type PlaybookEntry =
  | ParsedPlay
  | {
      readonly importPlaybook: string
      readonly file: string
      readonly line: number
      /** Conditions, tags and variables for all plays of that file. */
      readonly keywords: Keywords
    }

export function parsePlays(root: LocatedNode, faults: FaultList): readonly PlaybookEntry[] {
  if (root.isEmpty) return []
  if (!root.isList) {
    faults.add(root, 'a playbook must be a list of plays')
    return []
  }
  return root.items().flatMap((node) => parseEntry(node, faults) ?? [])
}

function parseEntry(node: LocatedNode, faults: FaultList): PlaybookEntry | undefined {
  if (!node.isMap) {
    faults.add(node, 'a play must be a map with hosts and tasks or roles')
    return undefined
  }
  const members = membersOf(node, faults)
  refuseUnknown(members, playKeywords, 'keyword of a play', faults)
  checkKeywordTexts(members, faults)
  const imported = members.get('import_playbook') ?? members.get('ansible.builtin.import_playbook')
  if (imported) return parseImport(node, imported.node, members, faults)
  if (!members.has('hosts')) faults.add(node, 'the play does not say hosts')
  return parsePlay(node, members, faults)
}

function parseImport(
  node: LocatedNode,
  imported: LocatedNode,
  members: Members,
  faults: FaultList,
): PlaybookEntry {
  refuseUnknown(
    members,
    ['name', 'when', 'tags', 'vars', 'import_playbook', 'ansible.builtin.import_playbook'],
    'keyword of import_playbook',
    faults,
  )
  const importPlaybook = String(imported.value)
  if (importPlaybook.includes('<%'))
    faults.add(
      imported,
      'the file of import_playbook is read before the run starts: no template can stand in it',
    )
  return { importPlaybook, file: node.file, line: node.line, keywords: parseKeywords(members, faults) }
}

function parsePlay(node: LocatedNode, members: Members, faults: FaultList): ParsedPlay {
  const raw = (key: string): unknown => members.get(key)?.node.value
  const tasks = (key: string): Play['tasks'] => parseTasks(members.get(key)?.node, faults)
  const hosts = raw('hosts')
  const serial = raw('serial')
  return {
    file: node.file,
    line: node.line,
    name: String(raw('name') ?? hosts),
    hosts: Array.isArray(hosts) ? hosts.join(':') : String(hosts ?? ''),
    keywords: parseKeywords(members, faults),
    ...(typeof raw('gather_facts') === 'boolean' ? { gatherFacts: raw('gather_facts') === true } : {}),
    varsFileNames: varsFileNames(members.get('vars_files')?.node),
    roles: parseRoleUses(members.get('roles')?.node, faults),
    preTasks: tasks('pre_tasks'),
    tasks: tasks('tasks'),
    postTasks: tasks('post_tasks'),
    handlers: tasks('handlers'),
    ...(serial === undefined ? {} : { serial: [serial].flat() }),
    ...mostFailures(members, faults),
    ...orderOf(members, faults),
    forceHandlers: raw('force_handlers') === true,
    prompts: parsePrompts(members.get('vars_prompt')?.node, faults),
  }
}

function mostFailures(members: Members, faults: FaultList): { readonly maxFailPercentage?: number } {
  const node = members.get('max_fail_percentage')?.node
  if (!node) return {}
  const maxFailPercentage = Number(node.value)
  if (Number.isNaN(maxFailPercentage))
    faults.add(node, `max_fail_percentage must be a number, got ${JSON.stringify(node.value)}`)
  return { maxFailPercentage }
}

function varsFileNames(node: LocatedNode | undefined): readonly NamedVarsFile[] {
  if (!node || node.isEmpty) return []
  const entries = node.isList ? node.items() : [node]
  return entries.map(({ file, line, value }) => ({ file, line, names: [value].flat().map(String) }))
}

const orders = ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle', 'quorum'] as const

function orderOf(members: Members, faults: FaultList): { readonly order?: HostOrder } {
  const node = members.get('order')?.node
  if (!node) return {}
  const order = String(node.value) as HostOrder
  if (!orders.includes(order)) faults.add(node, unknownWord('order', order, orders))
  return { order }
}

/** Roles of a play, or dependencies of a role: names, or maps with parameters beside `role`. */
export function parseRoleUses(node: LocatedNode | undefined, faults: FaultList): readonly RoleUse[] {
  if (!node || node.isEmpty) return []
  if (!node.isList) {
    faults.add(node, 'roles must be a list')
    return []
  }
  return node.items().flatMap((item) => parseRoleUse(item, faults) ?? [])
}

const noParams = { keywords: noKeywords, ownParams: [] }

function parseRoleUse(node: LocatedNode, faults: FaultList): RoleUse | undefined {
  const place = { file: node.file, line: node.line }
  if (!node.isMap) return { ...place, ...noParams, role: String(node.value), params: emptyLayer(node.file) }
  const members = membersOf(node, faults)
  const role = members.get('role') ?? members.get('name')
  if (!role) {
    faults.add(node, 'an entry of roles must say role')
    return undefined
  }
  // Ansible takes any other key as a parameter of the role; `vars` is the tidy way, and counts as such too.
  const params = node.members().filter(({ key }) => !(['role', ...sharedKeywords] as string[]).includes(key))
  for (const { key, line } of params)
    if (refusedOfRoles.includes(key))
      faults.add(
        { file: node.file, line },
        `${refusedKeyword(key) ?? key} (a parameter of that name stands below vars)`,
      )
  const layer: VarsLayer = {
    file: node.file,
    lines: Object.fromEntries(params.map(({ key, line }) => [key, line])),
    vars: Object.fromEntries(params.map(({ key, node: value }) => [key, value.value])),
  }
  const vars = members.get('vars')
  const keywords = inheritKeywords(
    { ...noKeywords, vars: [] },
    { ...parseKeywords(members, faults), vars: [] },
  )
  const given = vars ? parseVars(vars.node, faults) : emptyLayer(node.file)
  return {
    ...place,
    role: String(role.node.value),
    keywords,
    params: {
      file: node.file,
      lines: { ...given.lines, ...layer.lines },
      vars: { ...given.vars, ...layer.vars },
    },
    ownParams: params.map(({ key }) => key),
  }
}

export function emptyLayer(file: string): VarsLayer {
  return { file, lines: {}, vars: {} }
}
