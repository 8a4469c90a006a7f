import type { Clock } from '../kernel/clock.ts'
import { formatDuration } from './format-duration.ts'
import { formatEvent, type FormatOptions } from './format-event.ts'
import type { Reporter, RunEvent } from './types.ts'

export interface LineReporterOptions extends FormatOptions {
  readonly write: (text: string) => void
  readonly clock: Clock
  /** A task that runs longer is named again and again after this time, so that a log never looks dead. */
  readonly stragglerMs?: number
}

const defaultStragglerMs = 30_000

interface Running {
  readonly host: string
  readonly task: string
  readonly since: number
  lastLine: string
}

/** For a pipe: plain lines, each prefixed by its host; quiet for what is ok unless verbose. */
export class LineReporter implements Reporter {
  readonly #options: LineReporterOptions
  readonly #running = new Map<string, Running>()
  readonly #states = new Map<string, string>()
  readonly #timer: NodeJS.Timeout

  constructor(options: LineReporterOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#nameStragglers(), options.stragglerMs ?? defaultStragglerMs)
    this.#timer.unref()
  }

  report(event: RunEvent): void {
    this.#follow(event)
    // The command line prints the error itself, on stderr.
    if (event.kind === 'error' || this.#isRepeated(event)) return
    const lines = formatEvent(event, this.#options)
    if (lines.length > 0) this.#options.write(`${lines.join('\n')}\n`)
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    return Promise.resolve()
  }

  #follow(event: RunEvent): void {
    if (event.kind === 'task-started') {
      const { host, task, at } = event
      this.#running.set(host, { host, task, since: at, lastLine: '' })
    } else if (event.kind === 'task-result') {
      this.#running.delete(event.host)
    } else if (event.kind === 'output') {
      const running = this.#running.get(event.host)
      if (running) running.lastLine = event.line
    }
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
    for (const { host, task, since, lastLine } of this.#running.values()) {
      if (now - since < limit) continue
      const last = lastLine === '' ? '' : `: ${lastLine}`
      this.#options.write(`[${host}] still at: ${task} (${formatDuration(now - since)})${last}\n`)
    }
  }
}
