import type { Clock } from '../kernel/clock.ts'
import { formatDuration } from './format-duration.ts'
import { formatEvent, type FormatOptions } from './format-event.ts'
import { RunningHosts, slownessOf, type BusyHost } from './running-hosts.ts'
import { printable } from './screen-text.ts'
import type { Reporter, RunEvent } from './types.ts'

export interface LineReporterOptions extends FormatOptions {
  readonly write: (text: string) => void
  readonly clock: Clock
  /** A task that runs longer is named again and again after this time, so that a log never looks dead. */
  readonly stragglerMs?: number
}

const defaultStragglerMs = 30_000

/** Of more hosts than this that take long, the worst are named and the rest counted. */
const mostNamed = 10

/** For a pipe: plain lines, each prefixed by its host; quiet for what is ok unless verbose. */
export class LineReporter implements Reporter {
  readonly #options: LineReporterOptions
  readonly #running = new RunningHosts()
  readonly #states = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  constructor(options: LineReporterOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#nameStragglers(), options.stragglerMs ?? defaultStragglerMs)
    this.#timer.unref()
  }

  report(event: RunEvent): void {
    this.#running.follow(event)
    // The command line prints the error itself, on stderr.
    if (event.kind === 'error' || this.#isRepeated(event)) return
    const lines = formatEvent(event, this.#options)
    if (lines.length > 0) this.#options.write(`${lines.join('\n')}\n`)
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    return Promise.resolve()
  }

  #isRepeated(event: RunEvent): boolean {
    if (event.kind !== 'state') return false
    const text = `${event.state} ${event.detail ?? ''}`
    if (this.#states.get(event.subject) === text) return true
    this.#states.set(event.subject, text)
    return false
  }

  #nameStragglers(): void {
    const now = this.#options.clock.now()
    const limit = this.#options.stragglerMs ?? defaultStragglerMs
    const slow = this.#running.worstFirst(now).filter(({ row }) => now - row.since >= limit)
    const lines = slow.slice(0, mostNamed).map((busy) => stragglerLine(busy, now))
    const hidden = slow.length - lines.length
    if (hidden > 0) lines.push(`still busy: ${hidden} more hosts`)
    if (lines.length > 0) this.#options.write(`${lines.join('\n')}\n`)
  }
}

/** `[h1] still at: Pull the image (2 min 10 s, 6x the median of 21 s): layer 3 (42 s ago)` */
function stragglerLine({ host, row, median }: BusyHost, now: number): string {
  const elapsed = now - row.since
  const slower = median === undefined ? '' : `, ${slownessOf(elapsed, median)}`
  const last =
    row.lastLine === ''
      ? ''
      : `: ${printable(row.lastLine).trim()} (${formatDuration(now - row.lastLineAt)} ago)`
  const what = printable(row.task ?? 'connecting, looking')
  return `[${host}] still at: ${what} (${formatDuration(elapsed)}${slower})${last}`
}
