import { formatChange, formatResult, type FormatOptions } from './format-event.ts'
import type { RunEvent, StateEvent, TaskResultEvent } from './types.ts'

/** What the terminal shows of one phase: who runs what since when, and the lines that stay when it is over. */
export interface Section {
  readonly title: string
  readonly startedAt: number
  endedAt?: number
  outcome?: 'ok' | 'changed' | 'failed' | 'skipped'
  note?: string
  play?: string
  readonly hosts: Map<string, HostRow>
  readonly subjects: Map<string, SubjectRow>
  /** By text: what is the same on many hosts is told once. */
  readonly kept: Map<string, KeptLine>
}

/** What stays of one thing that happened, on all hosts where the same happened. */
export interface KeptLine {
  readonly hosts: string[]
  readonly lines: readonly string[]
}

export interface HostRow {
  task?: string
  since: number
  lastLine: string
  changed: number
  ok: number
  failed: boolean
}

export interface SubjectRow {
  readonly event: StateEvent
  readonly since: number
}

export function newSection(title: string, at: number): Section {
  return { title, startedAt: at, hosts: new Map(), subjects: new Map(), kept: new Map() }
}

/** Takes one event into the section. */
export function follow(section: Section, event: RunEvent, options: FormatOptions): void {
  switch (event.kind) {
    case 'play-started':
      section.play = event.play
      section.hosts.clear()
      for (const host of event.hosts) rowOf(section, host, event.at)
      return
    case 'task-started':
      Object.assign(rowOf(section, event.host, event.at), { task: event.task, since: event.at, lastLine: '' })
      return
    case 'output':
      rowOf(section, event.host, event.at).lastLine = event.line
      if (options.output) keep(section, [`| ${event.line}`], event.host)
      return
    case 'task-result':
      return followResult(section, event, options)
    case 'state':
      return followState(section, event)
    case 'change':
      keep(section, formatChange(event, options.paint))
      return
    case 'message':
      keep(section, [event.level === 'warning' ? options.paint.yellow(event.text) : event.text])
      return
    default:
  }
}

function followResult(section: Section, event: TaskResultEvent, options: FormatOptions): void {
  const row = rowOf(section, event.host, event.at)
  delete row.task
  if (event.status === 'changed') row.changed++
  else if (event.status === 'failed' || event.status === 'unreachable') row.failed = true
  else row.ok++
  keep(section, formatResult(event, options), event.host)
}

function keep(section: Section, lines: readonly string[], host?: string): void {
  if (lines.length === 0) return
  const key = host === undefined ? `${section.kept.size}` : lines.join('\n')
  const kept = section.kept.get(key) ?? { hosts: [], lines }
  if (host !== undefined) kept.hosts.push(host)
  section.kept.set(key, kept)
}

function followState(section: Section, event: StateEvent): void {
  const known = section.subjects.get(event.subject)
  const since = known?.event.state === event.state ? known.since : event.at
  section.subjects.set(event.subject, { event, since })
}

function rowOf(section: Section, host: string, at: number): HostRow {
  const known = section.hosts.get(host)
  if (known) return known
  const row: HostRow = { since: at, lastLine: '', changed: 0, ok: 0, failed: false }
  section.hosts.set(host, row)
  return row
}
