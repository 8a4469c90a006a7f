import { unknownWord } from '../kernel/nearest.ts'
import { shortName } from '../modules/registry.ts'
import type { FaultList } from './fault-list.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import { parseArgs } from './parse-args.ts'
import {
  membersOf,
  parseExpressions,
  parseKeywords,
  sharedKeywords,
  textList,
  type Members,
} from './parse-keywords.ts'
import type { Block, Include, Meta, Place, Task, TaskNode } from './types.ts'

const taskKeywords = [
  ...['name', 'args', 'loop', 'with_items', 'loop_control', 'register', 'notify', 'listen', 'changed_when'],
  ...['failed_when', 'until', 'retries', 'delay', ...sharedKeywords],
]
const blockKeywords = ['name', 'block', 'rescue', 'always', ...sharedKeywords]
const includeKeywords = ['name', 'loop', 'with_items', 'loop_control', ...sharedKeywords]
const includeNames = ['include_tasks', 'import_tasks', 'include_role', 'import_role']

/** Reads a list of tasks and blocks; all faults go to the list. */
export function parseTasks(node: LocatedNode | undefined, faults: FaultList): readonly TaskNode[] {
  if (!node || node.isEmpty) return []
  if (!node.isList) {
    faults.add(node, 'tasks must be a list')
    return []
  }
  return node.items().flatMap((item) => parseNode(item, faults) ?? [])
}

function parseNode(node: LocatedNode, faults: FaultList): TaskNode | undefined {
  if (!node.isMap) {
    faults.add(node, 'a task must be a map with a module and its arguments')
    return undefined
  }
  const members = membersOf(node, faults)
  if (members.has('block')) return parseBlock(node, members, faults)
  const special = [...members.keys()].find((key) => includeNames.includes(shortName(key)))
  if (special !== undefined) return parseInclude(node, members, special, faults)
  const meta = [...members.keys()].find((key) => shortName(key) === 'meta')
  return meta === undefined ? parseTask(node, members, faults) : parseMeta(node, members, meta, faults)
}

function parseTask(node: Place & LocatedNode, members: Members, faults: FaultList): Task | undefined {
  const place = { file: node.file, line: node.line }
  const parsed = parseArgs(members, taskKeywords, place, faults)
  if (!parsed) return undefined
  const raw = (key: string): unknown => members.get(key)?.node.value
  return {
    kind: 'task',
    ...place,
    ...parsed,
    name: textOf(raw('name')) ?? parsed.module,
    keywords: parseKeywords(members, faults),
    ...loopOf(members, faults, place),
    ...(members.has('register') ? { register: registerName(members, faults) } : {}),
    notify: notifyList(raw('notify')),
    listen: textList(raw('listen')),
    ...optionalExpressions('changedWhen', members, 'changed_when'),
    ...optionalExpressions('failedWhen', members, 'failed_when'),
    ...optionalExpressions('until', members, 'until'),
    ...(members.has('retries') ? { retries: raw('retries') } : {}),
    ...(members.has('delay') ? { delay: raw('delay') } : {}),
  }
}

/** Names of handlers may hold commas. */
function notifyList(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function optionalExpressions<K extends string>(
  name: K,
  members: Members,
  key: string,
): Partial<Record<K, Task['until'] & {}>> {
  return members.has(key)
    ? ({ [name]: parseExpressions(members, key) } as unknown as Partial<Record<K, Task['until'] & {}>>)
    : {}
}

function registerName(members: Members, faults: FaultList): string {
  const node = members.get('register')?.node
  const name = String(node?.value)
  if (node && !/^[A-Za-z_$][\w$]*$/.test(name)) faults.add(node, `"${name}" is not a variable name`)
  return name
}

const loopControls = ['loop_var', 'index_var', 'label', 'pause']

interface LoopKeywords {
  readonly loop?: unknown
  readonly loopVar: string
  readonly indexVar?: string
  readonly loopLabel?: unknown
}

function loopOf(members: Members, faults: FaultList, place: Place): LoopKeywords {
  const key = members.has('loop') ? 'loop' : 'with_items'
  const control = members.get('loop_control')?.node
  const controls = control ? membersOf(control, faults) : new Map<string, never>()
  for (const [name, { line }] of controls) {
    if (!loopControls.includes(name)) {
      faults.add({ file: place.file, line }, unknownWord('key of loop_control', name, loopControls))
    }
  }
  const raw = (name: string): unknown => controls.get(name)?.node.value
  return {
    ...(members.has(key) ? { loop: members.get(key)?.node.value } : {}),
    loopVar: textOf(raw('loop_var')) ?? 'item',
    ...(raw('index_var') === undefined ? {} : { indexVar: String(raw('index_var')) }),
    ...(raw('label') === undefined ? {} : { loopLabel: raw('label') }),
  }
}

function parseBlock(node: LocatedNode, members: Members, faults: FaultList): Block {
  refuseUnknown(members, blockKeywords, 'keyword of a block', faults)
  return {
    kind: 'block',
    file: node.file,
    line: node.line,
    name: textOf(members.get('name')?.node.value) ?? '',
    keywords: parseKeywords(members, faults),
    block: parseTasks(members.get('block')?.node, faults),
    rescue: parseTasks(members.get('rescue')?.node, faults),
    always: parseTasks(members.get('always')?.node, faults),
  }
}

function parseInclude(node: LocatedNode, members: Members, key: string, faults: FaultList): Include {
  refuseUnknown(members, [...includeKeywords, key], 'keyword', faults)
  const [how, what] = shortName(key).split('_') as ['include' | 'import', 'tasks' | 'role']
  const argument = members.get(key)?.node
  const args = argument?.isMap ? membersOf(argument, faults) : undefined
  const known = what === 'role' ? ['name', 'tasks_from'] : ['file']
  if (argument && args) refuseUnknown(args, known, `parameter of ${key}`, faults)
  const target = textOf(args ? args.get(known[0] as string)?.node.value : argument?.value)
  if (target === undefined)
    faults.add(node, `${key} needs ${what === 'role' ? 'the name of a role' : 'a file'}`)
  const loop = loopOf(members, faults, node)
  return {
    kind: 'include',
    file: node.file,
    line: node.line,
    name: textOf(members.get('name')?.node.value) ?? `${shortName(key)} ${target ?? ''}`,
    keywords: parseKeywords(members, faults),
    what,
    dynamic: how === 'include',
    target: target ?? '',
    tasksFrom: (textOf(args?.get('tasks_from')?.node.value) ?? 'main').replace(/\.ya?ml$/, ''),
    loopVar: loop.loopVar,
    ...(loop.loop === undefined ? {} : { loop: loop.loop }),
  }
}

const metaActions = ['flush_handlers', 'end_host', 'end_play', 'noop', 'clear_facts']

function parseMeta(node: LocatedNode, members: Members, key: string, faults: FaultList): Meta {
  refuseUnknown(members, ['name', key, ...sharedKeywords], 'keyword', faults)
  const action = String(members.get(key)?.node.value)
  if (!metaActions.includes(action)) faults.add(node, unknownWord('meta action', action, metaActions))
  return {
    kind: 'meta',
    file: node.file,
    line: node.line,
    name: action,
    keywords: parseKeywords(members, faults),
    action: action as Meta['action'],
  }
}

/** Reports keys of a map that nobody knows. */
export function refuseUnknown(
  members: Members,
  known: readonly string[],
  kind: string,
  faults: FaultList,
): void {
  for (const [key, { line, node }] of members) {
    if (!known.includes(key)) faults.add({ file: node.file, line }, unknownWord(kind, key, known))
  }
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}
