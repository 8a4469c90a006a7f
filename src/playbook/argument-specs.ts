import { unknownWord } from '../kernel/nearest.ts'
import { argumentTypes } from '../modules/validate-argument-spec/argument-types.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import type { FaultList } from './fault-list.ts'
import { noKeywords } from './parse-keywords.ts'
import type { Task, VarsLayer } from './types.ts'

const ruleKeys = [
  ...['mutually_exclusive', 'required_together', 'required_one_of', 'required_if', 'required_by'],
] as const

const optionKeys: readonly string[] = [
  ...['type', 'required', 'default', 'choices', 'elements', 'options', 'aliases', 'no_log'],
  ...['description', 'version_added', 'fallback', 'apply_defaults', 'deprecated_aliases'],
  ...['removed_in_version', 'removed_at_date', 'removed_from_collection'],
  ...ruleKeys,
]

const entryKeys: readonly string[] = [
  ...['short_description', 'description', 'author', 'options', 'version_added', 'seealso'],
  ...['examples', 'deprecated'],
  ...ruleKeys,
]

/** The tasks that check a role's arguments, by entry point (the name of its file of tasks). */
export function parseArgumentSpecs(
  node: LocatedNode | undefined,
  role: string,
  faults: FaultList,
): ReadonlyMap<string, Task> {
  const tasks = new Map<string, Task>()
  for (const { key, node: entry } of node?.members() ?? [])
    tasks.set(key.replace(/\.ya?ml$/, ''), taskOf(key, entry, role, faults))
  return tasks
}

function taskOf(name: string, entry: LocatedNode, role: string, faults: FaultList): Task {
  refuseUnknownKeys(entry, entryKeys, 'an entry point', faults)
  const value = (entry.value ?? {}) as Readonly<Record<string, unknown>>
  const options = memberOf(entry, 'options')
  const short = value['short_description']
  return {
    kind: 'task',
    file: entry.file,
    line: entry.line,
    name: `Validating arguments against arg spec '${name}'${short === undefined ? '' : ` - ${String(short)}`}`,
    module: 'validate_argument_spec',
    args: {
      argument_spec: options ? optionsOf(options, faults) : {},
      rules: Object.fromEntries(ruleKeys.filter((key) => key in value).map((key) => [key, value[key]])),
      validate_args_context: { type: 'role', name: role, argument_spec_name: name },
    },
    argLines: {},
    keywords: { ...noKeywords, tags: ['always'] },
    loopVar: 'item',
    notify: [],
    listen: [],
  }
}

/** Options with the place of each, so that a fault of a value names the line that it breaks. */
function optionsOf(node: LocatedNode, faults: FaultList): Readonly<Record<string, unknown>> {
  if (!node.isMap && !node.isEmpty) faults.add(node, 'options must be a map of names to descriptions')
  return Object.fromEntries(
    node.members().map(({ key, line, node: option }) => {
      refuseUnknownKeys(option, optionKeys, 'an option', faults)
      for (const name of ['type', 'elements']) refuseUnknownType(memberOf(option, name), faults)
      const inner = memberOf(option, 'options')
      const value = (option.value ?? {}) as Readonly<Record<string, unknown>>
      const options = inner ? { options: optionsOf(inner, faults) } : {}
      return [key, { ...value, ...options, where: `${node.file}:${line}` }]
    }),
  )
}

function refuseUnknownKeys(
  node: LocatedNode,
  known: readonly string[],
  what: string,
  faults: FaultList,
): void {
  if (!node.isMap && !node.isEmpty) faults.add(node, `${what} of an argument specification must be a map`)
  for (const { key, line } of node.members())
    if (!known.includes(key))
      faults.add({ file: node.file, line }, unknownWord(`keyword of ${what}`, key, known))
}

function refuseUnknownType(node: LocatedNode | undefined, faults: FaultList): void {
  if (node && !argumentTypes.includes(String(node.value)))
    faults.add(node, unknownWord('type', String(node.value), argumentTypes))
}

function memberOf(node: LocatedNode, name: string): LocatedNode | undefined {
  return node.members().find(({ key }) => key === name)?.node
}

/** The check of a role's arguments, with those that an entry of `roles` gives outside of its `vars`. */
export function withProvided(task: Task, params: VarsLayer, names: readonly string[]): Task {
  if (names.length === 0) return task
  const provided = Object.fromEntries(names.map((name) => [name, params.vars[name]]))
  return { ...task, args: { ...task.args, provided_arguments: provided } }
}
