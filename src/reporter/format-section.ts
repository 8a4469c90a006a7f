import { formatDuration } from './format-duration.ts'
import type { Paint } from './paint.ts'
import { isSettled } from './settled.ts'
import type { HostRow, KeptLine, Section, SubjectRow } from './tree-section.ts'

export interface SectionView {
  readonly now: number
  readonly paint: Paint
  /** How many rows of hosts and services fit while the phase runs. */
  readonly rows: number
  readonly columns: number
}

/** Kept lines of a phase that is over; the rest is in the run's log. */
const mostKeptLines = 40

/** A line that holds for more hosts names the first of them. */
const mostNamedHosts = 4

/** Whoever runs longer than this is shown in yellow. */
const stragglerMs = 30_000

/** A phase as it stands now: its headline, and below it what runs (longest first) or, when it is over, what remains. */
export function formatSection(section: Section, view: SectionView): readonly string[] {
  const over = section.endedAt !== undefined
  return [headline(section, view), ...(over ? keptLines(section, view.paint) : liveLines(section, view))]
}

function headline(section: Section, view: SectionView): string {
  const elapsed = formatDuration((section.endedAt ?? view.now) - section.startedAt)
  const parts = [
    section.note,
    section.endedAt === undefined ? progress(section) : hostSummary(section),
    elapsed,
  ]
  return `${section.title}  ${view.paint.dim(parts.filter(Boolean).join(', '))}`
}

function progress(section: Section): string {
  const hosts = [...section.hosts.values()]
  const waiting = [...section.subjects.values()].filter((row) => !isSettled(row.event)).length
  const idle = hosts.filter((row) => row.task === undefined).length
  const parts = [
    section.play,
    hosts.length > 1 ? `${idle} of ${hosts.length} hosts idle` : undefined,
    section.subjects.size > 0
      ? `${section.subjects.size - waiting} of ${section.subjects.size} ready`
      : undefined,
    hostSummary(section),
  ]
  return parts.filter(Boolean).join(', ')
}

function hostSummary(section: Section): string {
  const hosts = [...section.hosts.values()]
  const changed = hosts.filter((row) => row.changed > 0).length
  const failed = hosts.filter((row) => row.failed).length
  return [changed > 0 ? `${changed} changed` : '', failed > 0 ? `${failed} failed` : '']
    .filter(Boolean)
    .join(', ')
}

function liveLines(section: Section, view: SectionView): readonly string[] {
  const running = [...section.hosts]
    .filter(([, row]) => row.task !== undefined)
    .sort(([, a], [, b]) => a.since - b.since)
    .map(([host, row]) => hostLine(host, row, view))
  const waiting = [...section.subjects.values()]
    .filter((row) => !isSettled(row.event))
    .sort((a, b) => a.since - b.since)
    .map((row) => subjectLine(row, view))
  const lines = [...running, ...waiting]
  const shown = lines.length > view.rows ? lines.slice(0, view.rows - 1) : lines
  const hidden = lines.length - shown.length
  return hidden === 0 ? shown : [...shown, view.paint.dim(`and ${hidden} more`)]
}

function hostLine(host: string, row: HostRow, view: SectionView): string {
  const elapsed = view.now - row.since
  const last = row.lastLine === '' ? '' : ` > ${row.lastLine.trim()}`
  const text = fit(`${host}: ${row.task ?? ''}  ${formatDuration(elapsed)}${last}`, view.columns)
  return elapsed > stragglerMs ? view.paint.yellow(text) : text
}

function subjectLine({ event, since }: SubjectRow, view: SectionView): string {
  const detail = event.detail === undefined ? '' : ` (${event.detail})`
  const text = `${event.subject}: ${event.state}${detail}  ${formatDuration(view.now - since)}`
  return fit(text, view.columns)
}

function keptLines(section: Section, paint: Paint): readonly string[] {
  const lines = [...section.kept.values()].flatMap((kept) => keptText(kept))
  const hidden = lines.length - mostKeptLines
  return hidden <= 0
    ? lines
    : [...lines.slice(0, mostKeptLines), paint.dim(`and ${hidden} more lines in the log`)]
}

function keptText({ hosts, lines }: KeptLine): readonly string[] {
  const [line = '', ...rest] = lines
  const names =
    hosts.length <= mostNamedHosts
      ? hosts.join(', ')
      : `${hosts.slice(0, mostNamedHosts - 1).join(', ')} and ${hosts.length - mostNamedHosts + 1} more`
  return [hosts.length === 0 ? line : `[${names}] ${line}`, ...rest.map((other) => `    ${other}`)]
}

/** Cut to the terminal's width, so that one row stays one row. */
function fit(text: string, columns: number): string {
  // Control characters of a remote program's output would move the cursor.
  const plain = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
  return plain.length <= columns ? plain : `${plain.slice(0, Math.max(1, columns - 1))}…`
}
