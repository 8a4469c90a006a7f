import { unknownWord } from '../kernel/nearest.ts'
import { shortName } from '../modules/registry.ts'
import type { FaultList } from './fault-list.ts'
import { blockKeywords, sharedKeywords, taskKeywords } from './keyword-names.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import { parseArgs } from './parse-args.ts'
import { isInclude, parseInclude } from './parse-include.ts'
import {
  checkKeywordTexts,
  membersOf,
  parseExpressions,
  parseKeywords,
  refuseUnknown,
  textList,
  textOf,
  type Members,
} from './parse-keywords.ts'
import { parseLoop } from './parse-loop.ts'
import type { Block, Meta, Place, Task, TaskNode } from './types.ts'

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
  checkKeywordTexts(members, faults)
  if (members.has('block')) return parseBlock(node, members, faults)
  const special = [...members.keys()].find(isInclude)
  if (special !== undefined) return parseInclude(node, members, special, faults)
  const meta = [...members.keys()].find((key) => shortName(key) === 'meta')
  return meta === undefined ? parseTask(node, members, faults) : parseMeta(node, members, meta, faults)
}

function parseTask(node: Place & LocatedNode, members: Members, faults: FaultList): Task | undefined {
  const place = { file: node.file, line: node.line }
  const parsed = parseArgs(members, taskKeywords, place, faults)
  if (!parsed) return undefined
  const raw = (key: string): unknown => members.get(key)?.node.value
  const local = members.has('local_action') ? { delegateTo: 'localhost' } : {}
  return {
    kind: 'task',
    ...place,
    ...parsed,
    name: textOf(raw('name')) ?? parsed.module,
    keywords: { ...parseKeywords(members, faults), ...local },
    ...parseLoop(members, faults, place),
    ...(members.has('register') ? { register: registerName(members, faults) } : {}),
    notify: notifyList(raw('notify')),
    listen: textList(raw('listen')),
    ...optionalExpressions('changedWhen', members, 'changed_when', faults),
    ...optionalExpressions('failedWhen', members, 'failed_when', faults),
    ...optionalExpressions('until', members, 'until', faults),
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
  faults: FaultList,
): Partial<Record<K, Task['until'] & {}>> {
  return members.has(key)
    ? ({ [name]: parseExpressions(members, key, faults) } as unknown as Partial<
        Record<K, Task['until'] & {}>
      >)
    : {}
}

function registerName(members: Members, faults: FaultList): string {
  const node = members.get('register')?.node
  const name = String(node?.value)
  if (node && !/^[A-Za-z_$][\w$]*$/.test(name)) faults.add(node, `"${name}" is not a variable name`)
  return name
}

function parseBlock(node: LocatedNode, members: Members, faults: FaultList): Block {
  refuseUnknown(members, blockKeywords, 'keyword of a block', faults)
  return {
    kind: 'block',
    file: node.file,
    line: node.line,
    name: textOf(members.get('name')?.node.value) ?? '',
    keywords: {
      ...parseKeywords(members, faults),
      ...(members.has('notify') ? { notify: notifyList(members.get('notify')?.node.value) } : {}),
    },
    block: parseTasks(members.get('block')?.node, faults),
    rescue: parseTasks(members.get('rescue')?.node, faults),
    always: parseTasks(members.get('always')?.node, faults),
  }
}

const metaActions: readonly string[] = [
  ...['flush_handlers', 'end_host', 'end_play', 'end_batch', 'end_role', 'noop', 'clear_facts'],
  ...['clear_host_errors', 'reset_connection'],
]

const refusedMeta: Readonly<Record<string, string>> = {
  refresh_inventory:
    'meta: refresh_inventory is not taken: a run knows its hosts before it starts; use add_host or group_by, or run kmesos again',
}

function parseMeta(node: LocatedNode, members: Members, key: string, faults: FaultList): Meta {
  refuseUnknown(members, [key, 'listen', ...sharedKeywords], 'keyword', faults)
  const action = String(members.get(key)?.node.value)
  if (!metaActions.includes(action))
    faults.add(node, refusedMeta[action] ?? unknownWord('meta action', action, metaActions))
  return {
    kind: 'meta',
    file: node.file,
    line: node.line,
    name: action,
    keywords: parseKeywords(members, faults),
    action: action as Meta['action'],
  }
}
