import { shortName } from '../modules/registry.ts'
import type { FaultList } from './fault-list.ts'
import { includeKeywords } from './keyword-names.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import { membersOf, parseKeywords, refuseUnknown, textOf, type Members } from './parse-keywords.ts'
import { parseLoop } from './parse-loop.ts'
import type { Include, Keywords } from './types.ts'

const includeNames = ['include_tasks', 'import_tasks', 'include_role', 'import_role']

export function isInclude(key: string): boolean {
  return includeNames.includes(shortName(key))
}

const roleArguments = [
  ...['name', 'tasks_from', 'vars_from', 'defaults_from', 'handlers_from', 'apply', 'public'],
  ...['allow_duplicates', 'rolespec_validate'],
]

/** include_tasks, import_tasks, include_role, import_role. */
export function parseInclude(node: LocatedNode, members: Members, key: string, faults: FaultList): Include {
  refuseUnknown(members, [...includeKeywords, key], 'keyword', faults)
  const [how, what] = shortName(key).split('_') as ['include' | 'import', 'tasks' | 'role']
  const argument = members.get(key)?.node
  const args = argumentsOf(members, key, faults)
  if (argument && args)
    refuseUnknown(args, what === 'role' ? roleArguments : ['file', 'apply'], `parameter of ${key}`, faults)
  const target = textOf(args ? args.get(what === 'role' ? 'name' : 'file')?.node.value : argument?.value)
  if (target === undefined)
    faults.add(node, `${key} needs ${what === 'role' ? 'the name of a role' : 'a file'}`)
  const loop = parseLoop(members, faults, node)
  if (how === 'import' && loop.loop !== undefined)
    faults.add(node, `${key} is expanded before the play starts and cannot loop; write include_${what}`)
  const part = (name: string): string =>
    (textOf(args?.get(name)?.node.value) ?? 'main').replace(/\.ya?ml$/, '')
  const apply = applied(args, faults)
  return {
    kind: 'include',
    file: node.file,
    line: node.line,
    name: textOf(members.get('name')?.node.value) ?? `${shortName(key)} ${target ?? ''}`,
    keywords: how === 'include' ? withParams(parseKeywords(members, faults)) : parseKeywords(members, faults),
    what,
    dynamic: how === 'include',
    target: target ?? '',
    tasksFrom: part('tasks_from'),
    varsFrom: part('vars_from'),
    defaultsFrom: part('defaults_from'),
    handlersFrom: part('handlers_from'),
    ...(apply ? { apply } : {}),
    ...(how === 'import' || flagOf(args, 'public') === true ? { public: true } : {}),
    ...(flagOf(args, 'allow_duplicates') === false ? { once: true } : {}),
    ...(flagOf(args, 'rolespec_validate') === false ? { unchecked: true } : {}),
    ...loop,
  }
}

/** As in Ansible, the variables of an include are its parameters; those of an import are not. */
function withParams(keywords: Keywords): Keywords {
  if (keywords.vars.length === 0) return keywords
  return { ...keywords, vars: keywords.vars.map((layer) => ({ ...layer, isParam: true })) }
}

/** The map of the include itself, else its `args`. */
function argumentsOf(members: Members, key: string, faults: FaultList): Members | undefined {
  const argument = members.get(key)?.node
  if (argument?.isMap) return membersOf(argument, faults)
  const args = members.get('args')?.node
  if (!args?.isMap) return undefined
  const given = new Map(membersOf(args, faults))
  const name = shortName(key).endsWith('role') ? 'name' : 'file'
  if (argument && !argument.isEmpty) given.set(name, { line: argument.line, node: argument })
  return given
}

function flagOf(args: Members | undefined, name: string): unknown {
  return args?.get(name)?.node.value
}

function applied(args: Members | undefined, faults: FaultList): Keywords | undefined {
  const node = args?.get('apply')?.node
  return node ? parseKeywords(membersOf(node, faults), faults) : undefined
}
