import { unknownWord } from '../kernel/nearest.ts'
import { expandHostPattern } from './host-range.ts'
import {
  addChild,
  addGroup,
  addHost,
  isMapping,
  setGroupVar,
  setHostVar,
  type InventoryDraft,
} from './inventory-draft.ts'
import { parseYamlFile } from './yaml-values.ts'

const groupKeys = ['hosts', 'children', 'vars']

interface YamlState {
  readonly draft: InventoryDraft
  readonly where: (path: readonly string[]) => string
}

/** Adds one YAML inventory (groups with `hosts`, `children`, `vars`) to the draft; faults go to `draft.problems`. */
export function parseYaml(text: string, file: string, draft: InventoryDraft): void {
  const yaml = parseYamlFile(text, file)
  draft.problems.push(...yaml.problems)
  if (yaml.problems.length > 0) return
  if (!isMapping(yaml.value)) {
    draft.problems.push({ where: `${file}:1`, message: 'an inventory in YAML must be a mapping of groups' })
    return
  }
  const state: YamlState = { draft, where: (path) => yaml.whereIs(path) }
  if ('plugin' in yaml.value) {
    const message = `inventory plugins (here "${String(yaml.value.plugin)}") are not read; write its result to a file with ansible-inventory --list --export --yaml`
    draft.problems.push({ where: state.where(['plugin']), message })
    return
  }
  for (const [name, body] of Object.entries(yaml.value)) readGroup(name, { body, path: [name] }, state)
}

interface Place {
  readonly body: unknown
  readonly path: readonly string[]
}

function readGroup(name: string, place: Place, state: YamlState): void {
  const { body, path } = place
  if (body !== null && !isMapping(body)) {
    state.draft.warnings.add(`${state.where(path)}: "${name}" is skipped: it is not a group (a mapping)`)
    return
  }
  addGroup(state.draft, name)
  for (const [key, value] of Object.entries(body ?? {}))
    readSection(name, key, { state, place: { body: value, path: [...path, key] } })
}

function readSection(group: string, key: string, context: { state: YamlState; place: Place }): void {
  const { state, place } = context
  const where = state.where(place.path)
  if (!groupKeys.includes(key)) {
    // Ansible skips it with a warning; a group that silently lacks its hosts is worse than a refusal.
    state.draft.problems.push({ where, message: `group "${group}": ${unknownWord('key', key, groupKeys)}` })
    return
  }
  const body = typeof place.body === 'string' ? { [place.body]: null } : place.body
  if (body === null) return
  if (!isMapping(body)) {
    state.draft.problems.push({
      where,
      message: `"${key}" of group "${group}" must be a mapping (name: value), not a list or a number`,
    })
    return
  }
  for (const [name, value] of Object.entries(body)) {
    const member = { body: value, path: [...place.path, name] }
    if (key === 'vars') setGroupVar(state.draft, group, { name, value, where: state.where(member.path) })
    else if (key === 'hosts') readHosts(group, name, { state, place: member })
    else readChild(group, name, { state, place: member })
  }
}

function readChild(group: string, name: string, context: { state: YamlState; place: Place }): void {
  readGroup(name, context.place, context.state)
  if (!context.state.draft.groups.has(name)) return
  addChild(context.state.draft, {
    parent: group,
    child: name,
    where: context.state.where(context.place.path),
  })
}

function readHosts(group: string, pattern: string, context: { state: YamlState; place: Place }): void {
  const { draft } = context.state
  const where = context.state.where(context.place.path)
  const vars = context.place.body ?? {}
  const hosts = expandHostPattern(pattern)
  if ('fault' in hosts) {
    draft.problems.push({ where, message: hosts.fault })
    return
  }
  if (!isMapping(vars)) {
    draft.problems.push({
      where,
      message: `host "${pattern}" must have a mapping of variables or nothing, got ${JSON.stringify(vars)}`,
    })
    return
  }
  for (const name of hosts.names) {
    const host = addHost(draft, name, group, hosts.port)
    for (const [key, value] of Object.entries(vars)) setHostVar(draft, host, { name: key, value, where })
  }
}
