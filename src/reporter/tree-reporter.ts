import { Listr, ListrLogger, ProcessOutput, type ListrTask } from 'listr2'
import type { Clock } from '../kernel/clock.ts'
import { formatEvent, type FormatOptions } from './format-event.ts'
import { formatSection } from './format-section.ts'
import { follow, newSection, type Section } from './tree-section.ts'
import type { Reporter, RunEvent } from './types.ts'

export interface TreeReporterOptions extends FormatOptions {
  readonly terminal: NodeJS.WriteStream
  readonly clock: Clock
}

/** How often the elapsed times are drawn again. */
const redrawMs = 250
const mostRows = 12

interface Shown {
  readonly section: Section
  readonly ended: Promise<void>
  readonly end: () => void
}

/**
 * For a terminal: one listr2 task per phase, drawn one after another as our events tell. The phase's rows stand in the
 * title (listr2 strips colors from output); a Listr only starts when the one before it has been drawn to its end.
 */
export class TreeReporter implements Reporter {
  readonly #options: TreeReporterOptions
  #shown: Shown | undefined
  #drawn: Promise<void> = Promise.resolve()

  constructor(options: TreeReporterOptions) {
    this.#options = options
  }

  report(event: RunEvent): void {
    if (event.kind === 'phase-started') return this.#open(event.phase, event.at)
    if (event.kind === 'phase-ended') return this.#close(event.at, event.outcome, event.note)
    if (event.kind === 'play-started' && !this.#shown) this.#open(event.play, event.at)
    if (event.kind === 'recap' || event.kind === 'run-ended') this.#close(event.at, undefined)
    if (this.#shown) follow(this.#shown.section, event, this.#options)
    else if (event.kind !== 'error') this.#print(formatEvent(event, this.#options))
  }

  async close(): Promise<void> {
    this.#close(this.#options.clock.now(), undefined)
    await this.#drawn
  }

  #open(title: string, at: number): void {
    this.#close(at, undefined)
    const shown = shownSection(newSection(title, at))
    this.#shown = shown
    this.#drawn = this.#drawn.then(() => this.#draw(shown))
  }

  #close(at: number, outcome: Section['outcome'], note?: string): void {
    const shown = this.#shown
    if (!shown) return
    this.#shown = undefined
    const { section } = shown
    section.endedAt = at
    section.outcome = outcome ?? ([...section.hosts.values()].some((row) => row.failed) ? 'failed' : 'ok')
    if (note !== undefined) section.note = note
    shown.end()
  }

  #print(lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#drawn = this.#drawn.then(() => void this.#options.terminal.write(`${lines.join('\n')}\n`))
  }

  async #draw(shown: Shown): Promise<void> {
    const list = new Listr([this.#taskOf(shown)], {
      renderer: 'default',
      forceTTY: true,
      exitOnError: false,
      // The command line has its own handlers: the first signal drains, the second one quits.
      registerSignalListeners: false,
      rendererOptions: {
        collapseErrors: false,
        showErrorMessage: false,
        collapseSkips: false,
        showSkipMessage: false,
        logger: new ListrLogger({
          useIcons: true,
          toStderr: [],
          processOutput: new ProcessOutput(this.#options.terminal, this.#options.terminal),
        }),
      },
    })
    await list.run()
  }

  #taskOf({ section, ended }: Shown): ListrTask {
    return {
      title: this.#textOf(section),
      task: async (_context, task) => {
        const redraw = (): void => void (task.title = this.#textOf(section))
        const timer = setInterval(redraw, redrawMs)
        await ended
        clearInterval(timer)
        redraw()
        if (section.outcome === 'failed') throw new Error(section.title)
        if (section.outcome === 'skipped') task.skip()
      },
    }
  }

  #textOf(section: Section): string {
    const { terminal, clock, paint } = this.#options
    const rows = Math.max(2, Math.min(mostRows, (terminal.rows ?? 24) - 4))
    const columns = (terminal.columns ?? 80) - 6
    return formatSection(section, { now: clock.now(), paint, rows, columns }).join('\n')
  }
}

function shownSection(section: Section): Shown {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { section, ended, end: () => end() }
}
