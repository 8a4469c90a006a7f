import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type ScalarTag,
  type Tags,
} from 'yaml'
import type { Problem } from '../kernel/problems.ts'

/** A YAML file as PyYAML (YAML 1.1) reads it, with a way to tell lines. */
export interface YamlFile {
  /** Plain values; undefined when there are problems. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** `file:line` of the member at a path of keys; the file's first line when there is none. */
  whereIs(path: readonly string[]): string
}

/** PyYAML's booleans: unlike YAML 1.1's own, `y` and `n` stay text. */
const pyBooleans: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|true|on)$/i.test(text),
}

/** PyYAML takes `1e3` as text: an exponent counts only after a dot and with a sign. */
const pyFloats: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
}

/** PyYAML takes `08` as text: a decimal number does not begin with 0. */
const pyIntegers: ScalarTag = {
  identify: (value) => typeof value === 'number' && Number.isInteger(value),
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?(?:0|[1-9][0-9_]*)$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
}

const unsafe: ScalarTag = { tag: '!unsafe', resolve: (text) => text }

function pyTags(tags: Tags): Tags {
  const replaced = new Set(['tag:yaml.org,2002:bool'])
  return [
    pyBooleans,
    pyFloats,
    pyIntegers,
    unsafe,
    ...tags.filter((tag) => {
      if (typeof tag === 'string') return true
      if (replaced.has(tag.tag) || isDecimalInteger(tag)) return false
      return !(tag.tag === 'tag:yaml.org,2002:float' && tag.test !== undefined && /eE/.test(tag.test.source))
    }),
  ]
}

function isDecimalInteger(tag: Exclude<Tags[number], string>): boolean {
  return tag.tag === 'tag:yaml.org,2002:int' && tag.test?.source === '^[-+]?[0-9][0-9_]*$'
}

/** Parses one document; every fault carries `file:line`. A later key of the same name wins, as in PyYAML. */
export function parseYamlFile(text: string, file: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    merge: true,
    customTags: pyTags,
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
  })
  const at = (offset: number): string => `${file}:${lines.linePos(offset).line}`
  const problems = document.errors.map((error) => ({ where: at(error.pos[0]), message: error.message }))
  const vault = document.warnings.filter((warning) => /Unresolved tag/.test(warning.message))
  for (const warning of vault)
    problems.push({ where: at(warning.pos[0]), message: tagMessage(warning.message) })
  return {
    value: problems.length > 0 ? undefined : withTextKeys(document.toJS({ maxAliasCount: 10_000 })),
    problems,
    whereIs: (path) => at(offsetOf(document.contents, path)),
  }
}

function tagMessage(message: string): string {
  if (message.includes('!vault'))
    return 'values encrypted with Ansible Vault are not read; keep secrets in the passwords file'
  return message.replace('Unresolved tag', 'unknown tag')
}

/** Dates as the text that Ansible prints for them; everything else as it is. */
function withTextKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextKeys)
  if (value instanceof Date) return dateText(value)
  if (value instanceof Set) return [...value].map(withTextKeys)
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [String(key), withTextKeys(member)]))
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withTextKeys(member)]))
}

function dateText(date: Date): string {
  const text = date.toISOString()
  return text.endsWith('T00:00:00.000Z')
    ? text.slice(0, 10)
    : text.replace('.000Z', '+00:00').replace('Z', '+00:00')
}

function offsetOf(node: unknown, path: readonly string[]): number {
  let current: unknown = node
  let offset = startOf(current)
  for (const name of path) {
    if (isAlias(current)) return offset
    const pair: unknown = isMap(current)
      ? current.items.find((item) => isScalar(item.key) && String(item.key.value) === name)
      : undefined
    const item: unknown = isSeq(current) ? current.items[Number(name)] : undefined
    if (!isPair(pair) && item === undefined) return offset
    offset = isPair(pair) ? startOf(pair.key) : startOf(item)
    current = isPair(pair) ? pair.value : item
  }
  return offset
}

function startOf(node: unknown): number {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range
  return range?.[0] ?? 0
}
