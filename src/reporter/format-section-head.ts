import { formatDuration, formatElapsed } from './format-duration.ts'
import type { SectionView } from './format-section.ts'
import type { Paint } from './paint.ts'
import { fit, printable, widthOf } from './screen-text.ts'
import type { PlayProgress, Section } from './tree-section.ts'

interface Piece {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** The title with the time it took, and while it runs the counts of its hosts and services. */
export function formatHead(section: Section, view: SectionView): readonly string[] {
  const { paint, columns } = view
  const over = section.endedAt !== undefined
  const elapsed = over
    ? formatDuration((section.endedAt ?? view.now) - section.startedAt)
    : formatElapsed(view.now - section.startedAt)
  const notes = [section.note, over && section.play ? endSummary(section.play) : undefined, elapsed]
  const behind = notes
    .filter(Boolean)
    .map((note) => printable(note ?? ''))
    .join(', ')
  const title = fit(printable(section.title), Math.max(8, columns - 2 - Math.min(behind.length, 24)))
  const rest = over ? behind : fit(behind, columns - widthOf(title) - 2)
  const headline = `${title}  ${paint.dim(rest)}`
  return over ? [headline] : [headline, ...progressLines(section, view)]
}

function endSummary(play: PlayProgress): string {
  const words: readonly (readonly [number, string])[] = [
    [play.changed, 'changed'],
    [play.failed, 'failed'],
    [play.unreachable, 'unreachable'],
  ]
  const parts = words.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return [hostCount(play.hosts), ...parts].join(', ')
}

function progressLines({ play, waiting, settled, title }: Section, view: SectionView): readonly string[] {
  const subjects = waiting.size + settled.size
  const pieces: Piece[] = []
  if (subjects > 0) pieces.push({ text: `${settled.size} of ${subjects} ready` })
  if (play && play.hosts > 0) pieces.push(...hostPieces(play, view.paint))
  const name = play && play.name !== title ? `${printable(play.name)}: ` : ''
  return pieces.length === 0 ? [] : wrapPieces(name, pieces, view.columns)
}

/** How the hosts stand; all numbers but that of the tasks add up to that of the hosts. */
function hostPieces(play: PlayProgress, paint: Paint): readonly Piece[] {
  const { hosts, started, ok, changed, failed, unreachable } = play
  const counts: readonly (readonly [number, string, Piece['paint']])[] = [
    [failed, 'failed', paint.red],
    [unreachable, 'unreachable', paint.red],
    [started - ok - changed - failed - unreachable, 'running', paint.cyan],
    [hosts - started, 'waiting for a slot', undefined],
    [changed, 'changed', paint.yellow],
    [ok, 'ok', paint.green],
  ]
  const pieces = counts.flatMap(([count, word, painted]) =>
    count <= 0 ? [] : [{ text: `${count} ${word}`, ...(painted ? { paint: painted } : {}) }],
  )
  return [{ text: hostCount(hosts) }, ...pieces, ...taskPieces(play)]
}

function taskPieces({ tasks, hosts, results }: PlayProgress): readonly Piece[] {
  const known = Math.max(tasks * hosts, results)
  if (known === 0) return []
  return [{ text: `${results}/${known} tasks (${Math.floor((100 * results) / known)} %)` }]
}

function hostCount(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}

/** Parted by commas, in as many lines as a narrow terminal needs. */
function wrapPieces(start: string, pieces: readonly Piece[], columns: number): readonly string[] {
  const lines: string[] = []
  let [line, width] = [
    fit(start, Math.max(0, columns - 12)),
    Math.min(widthOf(start), Math.max(0, columns - 12)),
  ]
  for (const [index, { text: whole, paint = (plain: string) => plain }] of pieces.entries()) {
    const comma = index < pieces.length - 1 ? ',' : ''
    const text = fit(whole, columns - comma.length)
    const blank = width > 0 && !line.endsWith(' ') ? ' ' : ''
    const needed = blank.length + widthOf(text) + comma.length
    if (width > 0 && width + needed > columns) {
      lines.push(line.trimEnd())
      line = ''
      width = 0
    }
    const gap = width > 0 ? blank : ''
    line += gap + paint(text) + comma
    width += gap.length + widthOf(text) + comma.length
  }
  return [...lines, line]
}
