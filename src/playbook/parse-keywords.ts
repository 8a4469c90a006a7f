import { unknownWord } from '../kernel/nearest.ts'
import { checkExpression, checkTemplates } from './check-templates.ts'
import type { FaultList } from './fault-list.ts'
import { refusedKeyword } from './keyword-names.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import { parseModuleDefaults } from './module-defaults.ts'
import type { Expression, Keywords, VarsLayer } from './types.ts'

/** A map's members by key. */
export type Members = ReadonlyMap<string, { readonly line: number; readonly node: LocatedNode }>

export const noKeywords: Keywords = { when: [], tags: [], vars: [], environment: [] }

export function membersOf(node: LocatedNode, faults: FaultList): Members {
  const members = new Map<string, { readonly line: number; readonly node: LocatedNode }>()
  for (const { key, line, node: value } of node.members()) {
    if (members.has(key)) faults.add({ file: node.file, line }, `"${key}" is given twice`)
    members.set(key, { line, node: value })
  }
  return members
}

export function parseKeywords(members: Members, faults: FaultList): Keywords {
  const raw = (key: string): unknown => members.get(key)?.node.value
  const given = <K extends string>(name: K, key: string): Partial<Record<K, unknown>> =>
    members.has(key) ? ({ [name]: raw(key) } as Partial<Record<K, unknown>>) : {}
  return {
    when: parseExpressions(members, 'when', faults),
    tags: textList(raw('tags')),
    vars: members.has('vars') ? [parseVars(members.get('vars')?.node as LocatedNode, faults)] : [],
    environment: members.has('environment') ? [raw('environment')] : [],
    ...given('become', 'become'),
    ...given('becomeUser', 'become_user'),
    ...given('becomeMethod', 'become_method'),
    ...given('ignoreErrors', 'ignore_errors'),
    ...given('noLog', 'no_log'),
    ...given('checkMode', 'check_mode'),
    ...given('diff', 'diff'),
    ...given('runOnce', 'run_once'),
    ...given('delegateTo', 'delegate_to'),
    ...given('delegateFacts', 'delegate_facts'),
    ...given('ignoreUnreachable', 'ignore_unreachable'),
    ...given('anyErrorsFatal', 'any_errors_fatal'),
    ...given('throttle', 'throttle'),
    ...connectionOf(members, faults),
    ...moduleDefaultsOf(members, faults),
  }
}

const connections = ['local', 'ssh', 'smart', 'paramiko', 'paramiko_ssh']

function connectionOf(members: Members, faults: FaultList): Pick<Keywords, 'connection'> {
  const node = members.get('connection')?.node
  if (!node) return {}
  const name = String(node.value).replace(/^ansible\.builtin\./, '')
  if (!name.includes('<%') && !connections.includes(name))
    faults.add(node, unknownWord('connection', name, connections))
  return { connection: name }
}

function moduleDefaultsOf(members: Members, faults: FaultList): Pick<Keywords, 'moduleDefaults'> {
  const node = members.get('module_defaults')?.node
  return node ? { moduleDefaults: parseModuleDefaults(node, faults) } : {}
}

/** Keywords whose values are rendered when the task is: a fault of their text is told before anything runs. */
const renderedKeywords = [
  ...[
    'name',
    'environment',
    'become',
    'become_user',
    'become_method',
    'ignore_errors',
    'no_log',
    'check_mode',
  ],
  ...[
    'run_once',
    'diff',
    'delegate_to',
    'loop',
    'loop_control',
    'retries',
    'delay',
    'notify',
    'throttle',
    'connection',
  ],
]

/** Tells faults in the texts of keywords, before anything runs. */
export function checkKeywordTexts(members: Members, faults: FaultList): void {
  for (const [key, { node }] of members)
    if (renderedKeywords.includes(key) || key.startsWith('with_')) checkTemplates(node, faults)
}

/** `when: expression` or a list of them, all of which must hold. */
export function parseExpressions(members: Members, key: string, faults: FaultList): readonly Expression[] {
  const member = members.get(key)
  if (!member) return []
  const nodes = member.node.isList ? member.node.items() : [member.node]
  return nodes.map((node) => {
    const text = expressionText(node.value)
    if (typeof text === 'string') checkExpression(node, text, faults)
    return { file: node.file, line: node.line, text }
  })
}

function expressionText(value: unknown): string | boolean {
  return typeof value === 'boolean' ? value : String(value)
}

export function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

/** Reports keys of a map that nobody knows, or that are not taken. */
export function refuseUnknown(
  members: Members,
  known: readonly string[],
  kind: string,
  faults: FaultList,
): void {
  for (const [key, { line, node }] of members) {
    if (!known.includes(key))
      faults.add({ file: node.file, line }, refusedKeyword(key) ?? unknownWord(kind, key, known))
  }
}

export function textList(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  const list = Array.isArray(value) ? value.flatMap((item) => textList(item)) : String(value).split(',')
  return list.map((item) => item.trim()).filter((item) => item !== '')
}

export function parseVars(node: LocatedNode, faults: FaultList): VarsLayer {
  const empty = { file: node.file, lines: {}, vars: {} }
  if (node.isEmpty) return empty
  if (!node.isMap) {
    faults.add(node, 'variables must be a map of names to values')
    return empty
  }
  const members = node.members()
  for (const { key, line } of members) {
    if (!/^[A-Za-z_$][\w$]*$/.test(key))
      faults.add({ file: node.file, line }, `"${key}" is not a variable name`)
  }
  checkTemplates(node, faults)
  return {
    file: node.file,
    lines: Object.fromEntries(members.map(({ key, line }) => [key, line])),
    vars: node.value as Readonly<Record<string, unknown>>,
  }
}

/** Keywords of the inner one over those of the outer one: conditions, tags, variables add up, the rest is replaced. */
export function inheritKeywords(outer: Keywords, inner: Keywords): Keywords {
  return {
    ...outer,
    ...inner,
    when: [...outer.when, ...inner.when],
    tags: [...new Set([...outer.tags, ...inner.tags])],
    vars: [...outer.vars, ...inner.vars],
    environment: [...outer.environment, ...inner.environment],
    ...(outer.moduleDefaults && inner.moduleDefaults
      ? { moduleDefaults: [...outer.moduleDefaults, ...inner.moduleDefaults] }
      : {}),
  }
}
