import { keepLine, type KeptLines } from './kept-lines.ts'
import { formatChange, formatResult, formatSummary, type FormatOptions } from './format-event.ts'
import { printable } from './screen-text.ts'
import { RunningHosts } from './running-hosts.ts'
import { isSettled } from './settled.ts'
import type { HostEndedEvent, RunEvent, StateEvent, TaskResultEvent } from './types.ts'

/**
 * What the terminal shows of one phase: counts, who runs what since when, and the lines that stay when it is over. Each
 * event costs the same however many hosts there are.
 */
export interface Section {
  readonly title: string
  /** A play outside of any phase has a section of its own. */
  readonly of: 'phase' | 'play'
  readonly startedAt: number
  endedAt?: number
  outcome?: 'ok' | 'changed' | 'failed' | 'skipped'
  note?: string
  play?: PlayProgress
  readonly running: RunningHosts
  /** What is waited for and has not settled. */
  readonly waiting: Map<string, SubjectRow>
  readonly settled: Set<string>
  /** By text: what is the same on many hosts is told once. */
  readonly kept: KeptLines
}

export interface PlayProgress {
  readonly name: string
  readonly hosts: number
  /** Tasks of one host. */
  readonly tasks: number
  started: number
  /** How hosts ended: without and with changes, or not at all well. */
  ok: number
  changed: number
  failed: number
  unreachable: number
  /** Tasks done, of all hosts. */
  results: number
  /** Hosts with changes that have not ended. */
  readonly changing: Set<string>
}

export interface SubjectRow {
  readonly event: StateEvent
  readonly since: number
}

export function newSection(title: string, at: number, of: Section['of'] = 'phase'): Section {
  return {
    title,
    of,
    startedAt: at,
    running: new RunningHosts(),
    waiting: new Map(),
    settled: new Set(),
    kept: new Map(),
  }
}

/** Takes one event into the section. */
export function follow(section: Section, event: RunEvent, options: FormatOptions): void {
  section.running.follow(event)
  switch (event.kind) {
    case 'play-started':
      section.play = newPlay(event)
      return
    case 'host-started':
      if (section.play) section.play.started++
      return
    case 'output':
      if (!options.output) return
      return keepLine(section.kept, {
        lines: [`| ${printable(event.line)}`],
        host: event.host,
        severity: 'ok',
      })
    case 'task-result':
      return followResult(section, event, options)
    case 'host-ended':
      return followEnd(section, event)
    case 'state':
      return followState(section, event)
    case 'change':
      return keepLine(section.kept, { lines: formatChange(event, options.paint), severity: 'changed' })
    case 'message':
      return followMessage(section, event, options)
    default:
  }
}

function newPlay(event: Extract<RunEvent, { kind: 'play-started' }>): PlayProgress {
  const none = { started: 0, ok: 0, changed: 0, failed: 0, unreachable: 0, results: 0 }
  return {
    name: event.play,
    hosts: event.hosts.length,
    tasks: event.tasks ?? 0,
    ...none,
    changing: new Set(),
  }
}

function followResult(section: Section, event: TaskResultEvent, options: FormatOptions): void {
  const { play } = section
  if (play && event.status === 'changed') play.changing.add(event.host)
  if (play && event.item !== true) play.results++
  const lines = formatResult(event, options)
  if (lines.length === 0) return
  // A command with something of its host in it is the same change all the same; evidence of failures is not.
  const summary = lines.length > 1 || isFailure(event) ? {} : { summary: formatSummary(event, options) }
  keepLine(section.kept, { lines, ...summary, host: event.host, severity: event.status })
}

function isFailure({ status }: TaskResultEvent): boolean {
  return status === 'failed' || status === 'unreachable'
}

function followEnd({ play }: Section, event: HostEndedEvent): void {
  if (!play) return
  const changed = play.changing.delete(event.host)
  play[event.outcome === 'ok' && changed ? 'changed' : event.outcome]++
}

function followState({ waiting, settled }: Section, event: StateEvent): void {
  const { subject } = event
  if (isSettled(event)) {
    waiting.delete(subject)
    settled.add(subject)
    return
  }
  settled.delete(subject)
  const known = waiting.get(subject)
  const since = known?.event.state === event.state ? known.since : event.at
  waiting.set(subject, { event, since })
}

function followMessage(
  section: Section,
  event: Extract<RunEvent, { kind: 'message' }>,
  { paint }: FormatOptions,
): void {
  const text = printable(event.text)
  const warning = event.level === 'warning'
  keepLine(section.kept, {
    lines: [warning ? paint.yellow(`warning: ${text}`) : text],
    severity: warning ? 'warning' : 'ok',
  })
}
