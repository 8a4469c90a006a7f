import { formatElapsed } from './format-duration.ts'
import { formatHead } from './format-section-head.ts'
import { formatKept, formatKeptHead, isUrgent, plainWidth, type KeptLine } from './kept-lines.ts'
import type { Paint } from './paint.ts'
import { slownessOf, type BusyHost } from './running-hosts.ts'
import { fit, padTo, printable, widthOf } from './screen-text.ts'
import type { Section, SubjectRow } from './tree-section.ts'

export interface SectionView {
  readonly now: number
  readonly paint: Paint
  /** How many rows below the headline fit while the phase runs. */
  readonly rows: number
  readonly columns: number
}

/** A phase as it stands: its headline; below it counts, failures and who is longest at something, or what remains of it. */
export function formatSection(section: Section, view: SectionView): readonly string[] {
  const [title, ...head] = formatHead(section, view)
  if (section.endedAt !== undefined) return [title ?? '', ...head, ...finalLines(section, view)]
  const below = [
    ...head.slice(0, Math.max(0, view.rows)),
    ...liveLines(section, view, view.rows - head.length),
  ]
  return [title ?? '', ...below]
}

/** Of the room there is, failures get at most half, the rest who is busy. */
function liveLines(section: Section, view: SectionView, room: number): readonly string[] {
  if (room <= 0) return []
  const urgent = urgentLines(section, view, Math.max(1, Math.floor(room / 2)))
  const rest = room - urgent.length
  const busy = busyRows(section, view, rest)
  const last = rest - busy.length > 0 ? latestChange(section, view) : []
  return [...urgent, ...busy, ...last]
}

function urgentLines(section: Section, view: SectionView, room: number): readonly string[] {
  const lines: string[] = []
  let count = 0
  for (const kept of section.kept.values()) {
    if (!isUrgent(kept)) continue
    if (lines.length < room) lines.push(...formatKeptHead(kept))
    count += kept.lines.length
  }
  if (count <= room) return lines.map((line) => fitPainted(line, view))
  const shown = lines.slice(0, room - 1)
  const rest = `and ${count - shown.length} more lines of failures`
  return [...shown, view.paint.red(rest)].map((line) => fitPainted(line, view))
}

function busyRows(section: Section, view: SectionView, room: number): readonly string[] {
  const total = section.running.size + section.waiting.size
  if (room <= 0 || total === 0) return []
  const shown = total > room ? room - 1 : room
  const rows = section.running.worstFirst(view.now).slice(0, shown)
  const width = Math.min(Math.max(0, ...rows.map(({ host }) => widthOf(host))), Math.floor(view.columns / 3))
  const hosts = rows.map((row) => busyRow(row, width, view))
  const subjects = oldestFirst(section).slice(0, shown - hosts.length)
  const lines = [...hosts, ...subjects.map((row) => subjectRow(row, view))]
  const hidden = total - lines.length
  return hidden > 0 ? [...lines, view.paint.dim(`and ${hidden} more`)] : lines
}

/** Whoever says nothing for this long, or is so long at one thing, is shown in yellow. */
const longMs = 30_000
/** The age of a line that has just come is no news. */
const shownAgeMs = 1_000

function busyRow({ host, row, median }: BusyHost, width: number, view: SectionView): string {
  const { now, paint, columns } = view
  const elapsed = now - row.since
  const factor = median === undefined ? '' : `, ${slownessOf(elapsed, median)}`
  const time = `${formatElapsed(elapsed)}${factor}`
  const start = `${padTo(fit(printable(host), width), width)}  ${printable(row.task ?? 'connecting, looking')}`
  const silent = now - row.lastLineAt
  const age = silent < shownAgeMs ? '' : ` (${formatElapsed(silent)} ago)`
  const left = columns - widthOf(start) - widthOf(time) - age.length - 4
  const output =
    row.lastLine === '' ? '' : ` | ${fit(printable(row.lastLine).trim(), Math.max(8, left))}${age}`
  const text = fit(`${start}  ${time}${output}`, columns)
  return median !== undefined || elapsed > longMs ? paint.yellow(text) : text
}

function oldestFirst({ waiting }: Section): readonly SubjectRow[] {
  return [...waiting.values()].sort((a, b) => a.since - b.since)
}

function subjectRow({ event, since }: SubjectRow, view: SectionView): string {
  const detail = event.detail === undefined ? '' : ` (${event.detail})`
  const text = printable(`${event.subject}: ${event.state}${detail}`)
  const time = `  ${formatElapsed(view.now - since)}`
  return fit(text, view.columns - time.length) + time
}

function latestChange(section: Section, view: SectionView): readonly string[] {
  let latest: KeptLine | undefined
  for (const kept of section.kept.values()) if (!isUrgent(kept)) latest = kept
  return latest
    ? formatKeptHead(latest)
        .slice(0, 1)
        .map((line) => fitPainted(line, view))
    : []
}

/** Kept lines of a phase that is over; what is beyond them is in the run's log. Failures are never left out for changes. */
const mostKeptLines = 40
const mostUrgentLines = 200

function finalLines(section: Section, view: SectionView): readonly string[] {
  let [room, urgentRoom, hidden] = [mostKeptLines, mostUrgentLines, 0]
  const lines: string[] = []
  for (const kept of section.kept.values()) {
    const text = formatKept(kept, view)
    const left = isUrgent(kept) ? (urgentRoom -= text.length) : (room -= text.length)
    if (left >= 0) lines.push(...text)
    else hidden += text.length
  }
  return hidden === 0 ? lines : [...lines, view.paint.dim(`and ${hidden} more lines in the log`)]
}

/** Our colors survive only where nothing is cut. */
function fitPainted(line: string, { columns }: SectionView): string {
  if (plainWidth(line) <= columns) return line
  return fit(line.replaceAll(/\u001b\[\d+m/g, ''), columns)
}
