import type { Expression, Keywords, VarsLayer } from './types.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import type { FaultList } from './fault-list.ts'

/** A map's members by key. */
export type Members = ReadonlyMap<string, { readonly line: number; readonly node: LocatedNode }>

export const sharedKeywords = [
  ...['when', 'tags', 'vars', 'become', 'become_user', 'become_method', 'environment', 'ignore_errors'],
  ...['no_log', 'check_mode', 'diff', 'run_once', 'delegate_to'],
]

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
    when: parseExpressions(members, 'when'),
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
    ...(members.has('run_once') ? { runOnce: raw('run_once') === true } : {}),
    ...given('delegateTo', 'delegate_to'),
  }
}

/** `when: expression` or a list of them, all of which must hold. */
export function parseExpressions(members: Members, key: string): readonly Expression[] {
  const member = members.get(key)
  if (!member) return []
  const nodes = member.node.isList ? member.node.items() : [member.node]
  return nodes.map((node) => ({ file: node.file, line: node.line, text: expressionText(node.value) }))
}

function expressionText(value: unknown): string | boolean {
  return typeof value === 'boolean' ? value : String(value)
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
  }
}
