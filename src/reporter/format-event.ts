import { formatDuration } from './format-duration.ts'
import { formatRecap } from './format-recap.ts'
import type { Paint } from './paint.ts'
import { printable } from './screen-text.ts'
import type { ChangeEvent, RunEvent, StateEvent, TaskResultEvent, TaskStatus } from './types.ts'

export interface FormatOptions {
  readonly paint: Paint
  /** Also what is ok or skipped, and every line of output. */
  readonly verbose: boolean
  /** Show lines of output (the verb `exec`); --verbose does too. */
  readonly output: boolean
  /** Only failures, warnings and the recap. */
  readonly quiet?: boolean
  /** -vv: also when hosts and tasks start, and how long everything took. */
  readonly starts?: boolean
  /** Of the terminal, where there is one. */
  readonly columns?: number
}

/** The plain lines of one event, for a pipe and for the full log; empty for what is not worth a line. */
export function formatEvent(event: RunEvent, options: FormatOptions): readonly string[] {
  if (options.quiet && !isTold(event)) return []
  const { paint } = options
  switch (event.kind) {
    case 'run-started':
      return event.check ? [`kmesos ${event.verb}: only checking, nothing is changed`] : []
    case 'phase-started':
      return [paint.bold(printable(`== ${event.phase}`))]
    case 'phase-ended':
      return phaseEnd(event, options)
    case 'play-started':
    case 'play-ended':
    case 'host-started':
    case 'host-ended':
    case 'task-started':
      return formatStart(event, options)
    case 'run-ended':
      return []
    case 'task-result':
      return formatTaskResult(event, options)
    case 'output':
      return options.output || options.verbose ? [`[${event.host}] | ${printable(event.line)}`] : []
    case 'state':
      return [formatState(event)]
    case 'change':
      return formatChange(event, paint)
    case 'message':
      return [
        event.level === 'warning' ? paint.yellow(printable(`warning: ${event.text}`)) : printable(event.text),
      ]
    case 'recap':
      return formatRecap(event.hosts, paint, options)
    case 'error':
      return [
        paint.red(printable(`error: ${event.message}`)),
        ...indented(event.detail),
        ...hintLines(event.hint),
      ]
  }
}

type StartEvent = Extract<
  RunEvent,
  { kind: 'play-started' | 'play-ended' | 'host-started' | 'host-ended' | 'task-started' }
>

function formatStart(event: StartEvent, { paint, starts = false }: FormatOptions): readonly string[] {
  if (event.kind === 'play-started') {
    const count = event.hosts.length
    return [paint.bold(printable(`-- ${event.play}${count === 0 ? '' : ` (${hostCount(count)})`}`))]
  }
  if (!starts || event.kind === 'play-ended') return []
  if (event.kind === 'task-started') return [`[${event.host}] begins: ${printable(event.task)}`]
  const what = event.kind === 'host-started' ? 'has a slot in' : `ended (${event.outcome})`
  return [`[${event.host}] ${what}: ${printable(event.play)}`]
}

/** What --quiet leaves. */
function isTold(event: RunEvent): boolean {
  switch (event.kind) {
    case 'task-result':
      return event.status === 'failed' || event.status === 'unreachable'
    case 'message':
      return event.level === 'warning'
    case 'phase-ended':
      return event.outcome === 'failed'
    default:
      return event.kind === 'recap' || event.kind === 'error'
  }
}

/** `[h1] changed: Write zoo.cfg (content differs)` and, below it, detail and diff. */
export function formatTaskResult(event: TaskResultEvent, options: FormatOptions): readonly string[] {
  const [line, ...rest] = formatResult(event, options)
  if (line === undefined) return []
  const took = event.at - event.startedAt
  const time = took >= slowMs || options.starts ? ` [${formatDuration(took)}]` : ''
  return [`[${event.host}] ${line}${time}`, ...rest.map((other) => `[${event.host}]   ${other}`)]
}

/** The same without host and time: equal on all hosts where the same happened. */
export function formatResult(event: TaskResultEvent, options: FormatOptions): readonly string[] {
  const calm = event.status === 'ok' || event.status === 'skipped'
  if ((calm && !options.verbose) || (options.quiet && !isTold(event))) return []
  const reason =
    event.message === undefined
      ? ''
      : event.status === 'changed'
        ? ` (${event.message})`
        : `: ${event.message}`
  return [
    formatSummary(event, options) + shortened(oneLine(reason), options),
    ...linesOf(event.detail),
    ...diffLines(event.diff, options.paint),
  ]
}

/** `changed: Write zoo.cfg`, without the reason. */
export function formatSummary(event: TaskResultEvent, { paint }: FormatOptions): string {
  const word = colored(event.status, wordOf(event.status, event.forecast === true), paint)
  return `${word}: ${oneLine(event.task)}`
}

function oneLine(text: string): string {
  return printable(text)
    .trimEnd()
    .replaceAll(/\s*\n\s*/g, ' ')
}

/** A reason may be a whole script; its end tells how it went. */
const longestReason = 140

function shortened(text: string, { verbose }: FormatOptions): string {
  if (verbose || text.length <= longestReason) return text
  return `${text.slice(0, longestReason - 40)} … ${text.slice(-36)}`
}

/** Tasks slower than this say how long they took. */
const slowMs = 2_000

export function wordOf(status: TaskStatus, forecast: boolean): string {
  return forecast && status === 'changed' ? 'would change' : status
}

function colored(status: TaskStatus, word: string, paint: Paint): string {
  if (status === 'failed' || status === 'unreachable') return paint.red(word)
  if (status === 'changed' || status === 'rescued') return paint.yellow(word)
  return status === 'ok' ? paint.green(word) : paint.cyan(word)
}

function phaseEnd(
  event: Extract<RunEvent, { kind: 'phase-ended' }>,
  { paint, verbose }: FormatOptions,
): readonly string[] {
  const note = event.note === undefined ? '' : printable(`: ${event.note}`)
  if (event.outcome === 'failed') return [paint.red(`failed: ${event.phase}${note}`)]
  return note === '' && !verbose ? [] : [`${event.outcome}${note === '' ? `: ${event.phase}` : note}`]
}

function formatState(event: StateEvent): string {
  return printable(
    `${event.subject}: ${event.state}${event.detail === undefined ? '' : ` (${event.detail})`}`,
  )
}

export function formatChange(event: ChangeEvent, paint: Paint): readonly string[] {
  const word = paint.yellow(event.forecast === true ? `would ${event.action}` : event.action)
  const reason = event.message === undefined ? '' : ` (${event.message})`
  return [
    `${word}: ${printable(`${event.subject}${reason}`)}`,
    ...diffLines(event.diff, paint).map((line) => `    ${line}`),
  ]
}

function diffLines(diff: string | undefined, paint: Paint): readonly string[] {
  return linesOf(diff).map((line) => {
    if (/^\+(?!\+\+)/.test(line)) return paint.green(line)
    return /^-(?!--)/.test(line) ? paint.red(line) : line
  })
}

/** Detail of an error, four columns in. */
export function indented(text: string | undefined): readonly string[] {
  return linesOf(text).map((line) => `    ${line}`)
}

function hintLines(hint: string | undefined): readonly string[] {
  return hint === undefined ? [] : [printable(`hint: ${hint}`)]
}

function linesOf(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : printable(text).replace(/\n$/, '').split('\n')
}

function hostCount(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}
