import { shown } from './list-inventory.ts'
import type { Group, Inventory, Vars } from './types.ts'

export interface GraphOptions {
  /** The group at the top; all. */
  readonly from?: string
  /** Also variables, as `--vars` shows them. */
  readonly vars?: boolean
  /** Names of the only hosts to show. */
  readonly only?: ReadonlySet<string> | undefined
}

/** What `ansible-inventory --graph` prints, from one group down. Undefined when there is no such group. */
export function graphInventory(inventory: Inventory, options: GraphOptions = {}): string | undefined {
  const top = inventory.groups.get(options.from ?? 'all')
  if (!top) return undefined
  const lines: string[] = []
  const addVars = (vars: Vars, depth: number): void => {
    if (options.vars === true) for (const text of varLines(vars)) lines.push(graphLine(text, depth))
  }
  const draw = (group: Group, depth: number): void => {
    lines.push(graphLine(`@${group.name}:`, depth))
    for (const name of group.children) {
      const child = inventory.groups.get(name)
      if (child) draw(child, depth + 1)
    }
    const hosts = group.name === 'all' ? [] : group.hosts.filter((name) => options.only?.has(name) ?? true)
    for (const name of hosts) {
      lines.push(graphLine(name, depth + 1))
      addVars(inventory.hosts.get(name)?.vars ?? {}, depth + 2)
    }
    addVars(group.vars, depth + 1)
  }
  draw(top, 0)
  return lines.join('\n')
}

function graphLine(name: string, depth: number): string {
  return depth === 0 ? name : `${'  |'.repeat(depth)}--${name}`
}

/** In the order of their names; texts as they are, other values as Python prints them. */
function varLines(vars: Vars): readonly string[] {
  return Object.entries(vars)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `{${name} = ${typeof value === 'string' ? value : pythonText(shown(value))}}`)
}

function pythonText(value: unknown): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return pythonQuoted(value)
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${pythonQuoted(name)}: ${pythonText(member)}`,
  )
  return `{${members.join(', ')}}`
}

function pythonQuoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r')
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}
