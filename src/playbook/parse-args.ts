import { unknownWord } from '../kernel/nearest.ts'
import { splitWords } from '../modules/command/split-words.ts'
import { missingParams, parseParams, unknownParams, type ParamsSchema } from '../modules/params.ts'
import { moduleNamed, moduleNames, shortName } from '../modules/registry.ts'
import { checkArgumentTexts } from './check-templates.ts'
import type { FaultList } from './fault-list.ts'
import { refusedKeyword } from './keyword-names.ts'
import { takeInlineOptions } from './inline-options.ts'
import type { LocatedNode } from '../yaml/located-yaml.ts'
import { refuseUnknown, type Members } from './parse-keywords.ts'
import type { Place } from './types.ts'

export interface ParsedArgs {
  readonly module: string
  readonly args: Readonly<Record<string, unknown>>
  readonly argLines: Readonly<Record<string, number>>
}

/** Finds the one key of a task that names its module, and reads its arguments. */
export function parseArgs(
  members: Members,
  taskKeywords: readonly string[],
  place: Place,
  faults: FaultList,
): ParsedArgs | undefined {
  const action = ['action', 'local_action'].find((key) => members.has(key))
  if (action !== undefined) {
    refuseUnknown(members, [...taskKeywords, action], 'keyword beside action', faults)
    return parseAction(members, action, place, faults)
  }
  const others = [...members.keys()].filter((key) => !taskKeywords.includes(key))
  const [found, ...more] = others.filter((key) => moduleNamed(key) !== undefined)
  for (const key of others) {
    const line = members.get(key)?.line ?? place.line
    if (moduleNamed(key) === undefined) {
      faults.add({ file: place.file, line }, unknownKey(key, taskKeywords, found !== undefined))
    }
  }
  if (more.length > 0)
    faults.add(place, `a task has one module, this one has ${[found, ...more].join(' and ')}`)
  if (found === undefined) {
    if (others.length === 0) faults.add(place, 'the task names no module')
    return undefined
  }
  const module = moduleNamed(found)
  const node = members.get(found)?.node
  if (!module || !node) return undefined
  const parsed = argumentsOf(node, module.schema, members.get('args')?.node)
  checkArgumentTexts(module.name, parsed, { file: place.file, line: node.line }, faults)
  checkArgs(parsed, module.schema, {
    module: shortName(found),
    canonical: module.name,
    place: { file: place.file, line: node.line },
    faults,
  })
  return { module: module.name, ...parsed }
}

/** `action: copy src=a dest=/b`, or a map that names its module; `local_action` alike. */
function parseAction(members: Members, key: string, place: Place, faults: FaultList): ParsedArgs | undefined {
  const { line, node } = members.get(key) as { readonly line: number; readonly node: LocatedNode }
  const at = { file: place.file, line }
  const [word = '', rest = ''] = node.isMap
    ? []
    : (/^\s*(\S+)\s*(.*)$/s.exec(String(node.value))?.slice(1) ?? [])
  const name = node.isMap ? String(node.members().find((each) => each.key === 'module')?.node.value) : word
  const module = moduleNamed(name)
  if (!module) {
    faults.add(at, unknownWord('module', name, moduleNames))
    return undefined
  }
  const own = node.isMap
    ? withoutModule(ownArguments(node, module.schema))
    : textArguments(rest, module.schema)
  const more = members.get('args')?.node
  const parsed = withMore(own, module.schema, more)
  checkArgumentTexts(module.name, parsed, at, faults)
  checkArgs(parsed, module.schema, { module: shortName(name), canonical: module.name, place: at, faults })
  return { module: module.name, ...parsed }
}

function withoutModule({ args, argLines }: Arguments): Arguments {
  return { args: Object.fromEntries(Object.entries(args).filter(([name]) => name !== 'module')), argLines }
}

function unknownKey(key: string, taskKeywords: readonly string[], hasModule: boolean): string {
  const refused = refusedKeyword(key)
  if (refused !== undefined) return refused
  const known = hasModule ? taskKeywords : [...taskKeywords, ...moduleNames]
  return unknownWord(hasModule ? 'keyword' : 'module or keyword', key, known)
}

type Arguments = Omit<ParsedArgs, 'module'>

function argumentsOf(node: LocatedNode, schema: ParamsSchema, extra: LocatedNode | undefined): Arguments {
  return withMore(ownArguments(node, schema), schema, extra)
}

function withMore(own: Arguments, schema: ParamsSchema, extra: LocatedNode | undefined): Arguments {
  const more = extra?.isMap ? ownArguments(extra, schema) : { args: {}, argLines: {} }
  return { args: { ...more.args, ...own.args }, argLines: { ...more.argLines, ...own.argLines } }
}

function ownArguments(node: LocatedNode, schema: ParamsSchema): Arguments {
  if (node.isMap) {
    const lines = node.members().map(({ key, line }) => [key, line] as const)
    return { args: node.value as Readonly<Record<string, unknown>>, argLines: Object.fromEntries(lines) }
  }
  if (node.isEmpty) return { args: {}, argLines: {} }
  return textArguments(node.value, schema)
}

function textArguments(value: unknown, schema: ParamsSchema): Arguments {
  if (schema.freeForm !== undefined) return freeForm(schema.freeForm, value)
  return { args: keyValueWords(String(value)), argLines: {} }
}

/** A whole command as one text, with options between its words where Ansible allows them. */
function freeForm(name: string, value: unknown): Arguments {
  if (typeof value !== 'string') return { args: { [name]: value }, argLines: {} }
  const { text, options } = takeInlineOptions(value)
  return { args: { ...options, [name]: text }, argLines: {} }
}

/** Ansible's short form: `copy: src=a dest=/b`. */
function keyValueWords(text: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    splitWords(text).map((word) => {
      const at = word.indexOf('=')
      return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

interface ArgsCheck {
  readonly module: string
  readonly canonical: string
  readonly place: Place
  readonly faults: FaultList
}

/** Names are checked before anything runs; values too, where no template stands in them. */
function checkArgs(parsed: Arguments, schema: ParamsSchema, check: ArgsCheck): void {
  const at = (name: string): Place => ({
    file: check.place.file,
    line: parsed.argLines[name] ?? check.place.line,
  })
  const names = Object.keys(parsed.args)
  for (const name of names) {
    for (const fault of unknownParams(schema, [name])) check.faults.add(at(name), `${check.module}: ${fault}`)
  }
  for (const fault of missingParams(schema, names))
    check.faults.addMissing(check.canonical, check.place, `${check.module}: ${fault}`)
  for (const [name, value] of Object.entries(parsed.args)) {
    const param = schema.params[name]
    if (!param || JSON.stringify(value)?.includes('<%')) continue
    const checked = parseParams({ params: { [name]: param } }, { [name]: value })
    if ('faults' in checked)
      for (const fault of checked.faults) check.faults.add(at(name), `${check.module}: ${fault}`)
  }
}
