import { Listr, type ListrTask } from 'listr2'
import type { Clock } from '../kernel/clock.ts'
import { formatEvent, type FormatOptions } from './format-event.ts'
import { formatSection } from './format-section.ts'
import { TerminalFrame } from './terminal-frame.ts'
import { TreeRenderer } from './tree-renderer.ts'
import { follow, newSection, type Section } from './tree-section.ts'
import type { Reporter, RunEvent } from './types.ts'

export interface TreeReporterOptions extends FormatOptions {
  readonly terminal: NodeJS.WriteStream
  readonly clock: Clock
  /** False: only ASCII, for a terminal of another encoding. */
  readonly unicode?: boolean
}

const mostRows = 20

interface Shown {
  readonly section: Section
  readonly ended: Promise<void>
  readonly end: () => void
}

/**
 * For a terminal: one listr2 task per phase, one after another as our events tell. A Listr only starts when the one before
 * it has been drawn to its end. Events only change numbers; a timer draws what has changed, a few times a second.
 */
export class TreeReporter implements Reporter {
  readonly #options: TreeReporterOptions
  readonly #renderer: TreeRenderer
  readonly #frame: TerminalFrame
  #shown: Shown | undefined
  #drawn: Promise<void> = Promise.resolve()
  readonly #onResize = (): void => this.#renderer.redraw()

  constructor(options: TreeReporterOptions) {
    const { terminal, unicode = true, paint } = options
    this.#options = options
    const ascii = (text: string): string => (unicode ? text : asciiOf(text))
    this.#frame = new TerminalFrame({
      write: (text) => terminal.write(ascii(text)),
      columns: () => this.#columns(),
      rows: () => this.#options.terminal.rows || 24,
    })
    this.#renderer = new TreeRenderer({ frame: this.#frame, unicode, paint })
    terminal.on('resize', this.#onResize)
  }

  report(event: RunEvent): void {
    if (event.kind === 'phase-started') return this.#open(event.phase, event.at)
    if (event.kind === 'phase-ended') return this.#close(event.at, event.outcome, event.note)
    if (event.kind === 'play-started' && !this.#shown) this.#open(event.play, event.at, 'play')
    if (event.kind === 'play-ended' && this.#shown?.section.of === 'play')
      return this.#close(event.at, undefined)
    if (event.kind === 'recap' || event.kind === 'run-ended') this.#close(event.at, undefined)
    if (this.#shown) follow(this.#shown.section, event, this.#options)
    // The command line prints the error itself, on stderr.
    else if (event.kind !== 'error')
      this.#print(formatEvent(event, { ...this.#options, columns: this.#columns() }))
  }

  async close(): Promise<void> {
    this.#close(this.#options.clock.now(), undefined)
    await this.#drawn
    this.#options.terminal.off('resize', this.#onResize)
    this.#frame.release()
  }

  /** Leaves the screen to something else (a question for a password) until it is done. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#renderer.pause()
    try {
      return await work()
    } finally {
      this.#renderer.resume()
    }
  }

  /** Gives the terminal back as it was found; for an end without close(), and before the process is stopped. */
  release(): void {
    this.#frame.release()
  }

  /** After the process was stopped and goes on: the shell has written below. */
  restore(): void {
    this.#frame.forget()
    this.#renderer.redraw()
  }

  #open(title: string, at: number, of: Section['of'] = 'phase'): void {
    this.#close(at, undefined)
    const shown = shownSection(newSection(title, at, of))
    this.#shown = shown
    this.#drawn = this.#drawn.then(() => this.#draw(shown))
  }

  #close(at: number, outcome: Section['outcome'], note?: string): void {
    const shown = this.#shown
    if (!shown) return
    this.#shown = undefined
    const { section } = shown
    const { failed = 0, unreachable = 0 } = section.play ?? {}
    section.endedAt = at
    section.outcome = outcome ?? (failed + unreachable > 0 ? 'failed' : 'ok')
    if (note !== undefined) section.note = note
    shown.end()
  }

  #print(lines: readonly string[]): void {
    if (lines.length === 0) return
    this.#drawn = this.#drawn.then(() => this.#frame.finish(lines))
  }

  async #draw(shown: Shown): Promise<void> {
    const list = new Listr([this.#taskOf(shown)], {
      renderer: this.#renderer.renderer,
      forceTTY: true,
      exitOnError: false,
      // The command line has its own handlers: the first signal drains, the second one quits.
      registerSignalListeners: false,
    })
    this.#renderer.text = () => this.#textOf(shown.section)
    await list.run()
  }

  #taskOf({ section, ended }: Shown): ListrTask {
    return {
      title: section.title,
      task: async (_context, task) => {
        await ended
        if (section.outcome === 'failed') throw new Error(section.title)
        if (section.outcome === 'skipped') task.skip()
      },
    }
  }

  #textOf(section: Section): readonly string[] {
    const { terminal, clock, paint } = this.#options
    // One row for the headline, one for the cursor, one to see where the frame begins.
    const rows = Math.max(1, Math.min(mostRows, (terminal.rows || 24) - 3))
    return formatSection(section, { now: clock.now(), paint, rows, columns: this.#columns() - 2 })
  }

  /** Some pseudo terminals have no size. */
  #columns(): number {
    return Math.max(20, this.#options.terminal.columns || 80)
  }
}

function shownSection(section: Section): Shown {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { section, ended, end: () => end() }
}

function asciiOf(text: string): string {
  return text.replaceAll('…', '~').replaceAll(/[^\u0000-\u007e]/gu, '?')
}
