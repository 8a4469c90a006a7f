import { abbreviateHosts } from './abbreviate-hosts.ts'
import type { Paint } from './paint.ts'
import { widthOf } from './screen-text.ts'
import type { TaskStatus } from './types.ts'

/** What stays of one thing that happened, with all hosts where the same happened. */
export interface KeptLine {
  readonly hosts: string[]
  /** The first is the headline, without any host's name before it. */
  lines: readonly string[]
  readonly severity: TaskStatus | 'warning'
}

/** By text without the names of hosts in it, in the order in which things first happened. */
export type KeptLines = Map<string, KeptLine>

interface NewLine {
  readonly lines: readonly string[]
  /** The same without what may differ from host to host: told instead when it does. */
  readonly summary?: string
  readonly host?: string
  readonly severity: KeptLine['severity']
}

/** More different things than this are in the log only: nobody reads them on a screen, and memory is bounded. */
const mostKept = 5_000

export function keepLine(kept: KeptLines, { lines, summary, host, severity }: NewLine): void {
  const key = host === undefined ? `${kept.size}` : keyOf(summary === undefined ? lines : [summary], host)
  const known = kept.get(key)
  if (known && host !== undefined) {
    known.hosts.push(host)
    if (summary !== undefined && known.lines[0] !== lines[0]) known.lines = [summary]
    return
  }
  if (kept.size < mostKept) kept.set(key, { hosts: host === undefined ? [] : [host], lines, severity })
}

/** `cannot open SSH to c001 (10.0.0.1:22)` is the same fault on all hosts: name and address do not count. */
function keyOf(lines: readonly string[], host: string): string {
  const text = lines.join('\n').replaceAll(/\([0-9a-f.:]+:\d+\)/g, '()')
  return host.length > 1 ? text.replaceAll(host, '()') : text
}

/** Whether an operator must see it at once. */
export function isUrgent({ severity }: KeptLine): boolean {
  return severity === 'failed' || severity === 'unreachable' || severity === 'warning'
}

/**
 * `[h1] changed: Write zoo.cfg`; on many hosts `changed on 298 hosts: Write zoo.cfg`, with their names in short behind it or,
 * where they do not fit, below it.
 */
export function formatKept(
  { hosts, lines }: KeptLine,
  view: { readonly paint: Paint; readonly columns: number },
): readonly string[] {
  const [line = '', ...rest] = lines
  const below = rest.map((other) => `    ${other}`)
  if (hosts.length === 0) return [line, ...below]
  if (hosts.length === 1) return [`[${hosts[0]}] ${line}`, ...below]
  const names = abbreviateHosts(hosts, mostRanges)
  const headline = onHosts(line, hosts.length)
  const { dim } = view.paint
  if (plainWidth(headline) + names.length + 2 <= view.columns) return [`${headline}  ${dim(names)}`, ...below]
  return [headline, dim(`    ${names}`), ...below]
}

/** The same in one line that costs nothing for thousands of hosts, while more come in. */
export function formatKeptHead({ hosts, lines }: KeptLine): readonly string[] {
  const [line = '', ...rest] = lines
  const below = rest.map((other) => `    ${other}`)
  if (hosts.length === 0) return [line, ...below]
  return hosts.length === 1 ? [`[${hosts[0]}] ${line}`, ...below] : [onHosts(line, hosts.length), ...below]
}

const mostRanges = 12

/** `changed: Write zoo.cfg` as `changed on 298 hosts: Write zoo.cfg`; a line of output gets the number before it. */
function onHosts(line: string, count: number): string {
  const words = `on ${count} hosts`
  const colon = /^((?:\u001b\[\d+m)*[a-z ]+(?:\u001b\[\d+m)*): /.exec(line)
  return colon ? `${colon[1]} ${words}: ${line.slice(colon[0].length)}` : `[${count} hosts] ${line}`
}

/** Our own colors take no columns. */
export function plainWidth(text: string): number {
  return widthOf(text.replaceAll(/\u001b\[\d+m/g, ''))
}
