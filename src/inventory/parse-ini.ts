import { unknownWord } from '../kernel/nearest.ts'
import { expandHostPattern } from './host-range.ts'
import {
  addChild,
  addGroup,
  addHost,
  setGroupVar,
  setHostVar,
  type InventoryDraft,
} from './inventory-draft.ts'
import { readIniValue } from './python-literal.ts'
import { splitWords } from './shell-words.ts'

const sectionPattern = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/
const groupNamePattern = /^([^:\]\s]+)\s*(?:#.*)?$/
const sectionKinds = ['hosts', 'children', 'vars'] as const
type SectionKind = (typeof sectionKinds)[number]

/** A group named before it was declared: as a child, or by its variables only. */
interface Pending {
  readonly kind: 'children' | 'vars'
  readonly where: string
  readonly parents: { readonly name: string; readonly where: string }[]
}

interface IniState {
  readonly draft: InventoryDraft
  readonly pending: Map<string, Pending>
  /** Undefined below a faulty section line: its lines are skipped, not reported one by one. */
  section: { readonly group: string; readonly kind: SectionKind } | undefined
}

/** Adds one INI inventory to the draft; faults go to `draft.problems` with `file:line`. */
export function parseIni(text: string, file: string, draft: InventoryDraft): void {
  const state: IniState = { draft, pending: new Map(), section: { group: 'ungrouped', kind: 'hosts' } }
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/)
    .forEach((raw, index) => {
      const line = raw.trim()
      if (line === '' || line.startsWith('#') || line.startsWith(';')) return
      readLine(line, `${file}:${index + 1}`, state)
    })
  for (const [name, pending] of state.pending) reportPending(name, pending, state)
}

function readLine(line: string, where: string, state: IniState): void {
  const section = sectionPattern.exec(line)
  if (section) {
    openSection(section[1] ?? '', section[2], { where, state })
    return
  }
  if (line.startsWith('[') && (line.endsWith(']') || !line.includes(']'))) {
    state.section = undefined
    state.draft.problems.push({
      where,
      message: `invalid section "${line}"; write [group], [group:children] or [group:vars], without spaces`,
    })
    return
  }
  if (state.section === undefined) return
  if (state.section.kind === 'hosts') readHostLine(line, where, state)
  else if (state.section.kind === 'vars') readVarLine(line, where, state)
  else readChildLine(line, where, state)
}

function openSection(
  name: string,
  kindText: string | undefined,
  place: { where: string; state: IniState },
): void {
  const { where, state } = place
  const kind = sectionKinds.find((known) => known === (kindText ?? 'hosts'))
  if (kind === undefined) {
    state.section = undefined
    const message = `section [${name}:${kindText ?? ''}]: ${unknownWord('type', kindText ?? '', sectionKinds)}`
    state.draft.problems.push({ where, message })
    return
  }
  state.section = { group: name, kind }
  if (kind === 'vars' && !state.draft.groups.has(name) && !state.pending.has(name)) {
    state.pending.set(name, { kind: 'vars', where, parents: [] })
  }
  addGroup(state.draft, name)
  if (kind !== 'vars') settlePending(name, state)
}

function settlePending(name: string, state: IniState): void {
  const pending = state.pending.get(name)
  if (!pending) return
  state.pending.delete(name)
  for (const parent of pending.parents)
    addChild(state.draft, { parent: parent.name, child: name, where: parent.where })
}

function readHostLine(line: string, where: string, state: IniState): void {
  const problem = (message: string): void => void state.draft.problems.push({ where, message })
  const split = splitWords(line, { comments: true })
  if ('fault' in split) return problem(`cannot read host line: ${split.fault.toLowerCase()}`)
  const [pattern, ...assignments] = split.words
  if (pattern === undefined || pattern === '') return problem('host line names no host')
  const hosts = expandHostPattern(pattern)
  if ('fault' in hosts) return problem(hosts.fault)
  const vars: [string, unknown][] = []
  for (const word of assignments) {
    const equals = word.indexOf('=')
    if (equals < 0) problem(`expected a variable as key=value after host "${pattern}", got "${word}"`)
    else vars.push([word.slice(0, equals), readIniValue(word.slice(equals + 1))])
  }
  const group = state.section?.group ?? 'ungrouped'
  for (const name of hosts.names) {
    const host = addHost(state.draft, name, { group, where, port: hosts.port })
    for (const [key, value] of vars) setHostVar(state.draft, host, { name: key, value, where })
  }
}

function readVarLine(line: string, where: string, state: IniState): void {
  const equals = line.indexOf('=')
  if (equals < 0) {
    state.draft.problems.push({ where, message: `expected key=value, got "${line}"` })
    return
  }
  const name = line.slice(0, equals).trim()
  setGroupVar(state.draft, state.section?.group ?? 'all', {
    name,
    value: readIniValue(line.slice(equals + 1).trim()),
    where,
  })
}

function readChildLine(line: string, where: string, state: IniState): void {
  const child = groupNamePattern.exec(line)?.[1]
  const parent = state.section?.group ?? 'all'
  if (child === undefined) {
    state.draft.problems.push({ where, message: `expected the name of a group, got "${line}"` })
  } else if (state.draft.groups.has(child)) {
    addChild(state.draft, { parent, child, where })
  } else {
    const pending = state.pending.get(child)
    if (pending) pending.parents.push({ name: parent, where })
    else state.pending.set(child, { kind: 'children', where, parents: [{ name: parent, where }] })
  }
}

function reportPending(name: string, pending: Pending, state: IniState): void {
  const known = [...state.draft.groups.keys()].filter((group) => group !== name)
  if (pending.kind === 'vars') {
    const message = `[${name}:vars] sets variables of a group that is declared nowhere; ${unknownWord('group', name, known)}`
    state.draft.problems.push({ where: pending.where, message })
    return
  }
  for (const parent of pending.parents) {
    const message = `[${parent.name}:children] includes ${unknownWord('group', name, known)}`
    state.draft.problems.push({ where: parent.where, message })
  }
}
