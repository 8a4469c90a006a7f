import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../kernel/errors.ts'
import { formatEvent } from './format-event.ts'
import { paintOf } from './paint.ts'
import { buildTimeline } from './timeline.ts'
import { formatTimelinePage } from './timeline-page.ts'
import type { Reporter, RunEvent } from './types.ts'

export interface JournalOptions {
  /** `.kmesos/runs` of the working directory. */
  readonly folder: string
  readonly verb: string
  /** Milliseconds since 1970; names the run. */
  readonly startedAt: number
  /** Told once when nothing can be written any more (a full disk, say); the run itself goes on. */
  readonly onFault?: (text: string) => void
}

/** How many runs are kept; older ones are removed when a new one begins. */
export const keptRuns = 30

/** Lines are written together, so that a task costs no system call of its own; a killed kmesos loses at most this much. */
const flushMs = 100

const formatting = { paint: paintOf(false), verbose: true, output: true }

/**
 * What a run leaves behind: `journal.jsonl` (every event), `run.log` (the same in words, with times) and, at the end,
 * `timeline.html`. Files are readable by their owner alone.
 */
export class RunJournal implements Reporter {
  /** The folder of this run. */
  readonly folder: string
  readonly #timer: NodeJS.Timeout
  readonly #onFault: ((text: string) => void) | undefined
  #events: string[] = []
  #lines: string[] = []
  #closed = false

  constructor(options: JournalOptions) {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    removeOldRuns(options.folder)
    this.#onFault = options.onFault
    this.folder = makeRunFolder(options)
    // The first write throws: a journal that cannot begin is none.
    this.#append('journal.jsonl', [])
    this.#append('run.log', [])
    this.#timer = setInterval(() => this.flush(), flushMs)
    this.#timer.unref()
  }

  get logFile(): string {
    return join(this.folder, 'run.log')
  }

  report(event: RunEvent): void {
    if (this.#closed) return
    this.#events.push(JSON.stringify(event))
    const time = new Date(event.at).toISOString().slice(11, 23)
    for (const line of formatEvent(event, formatting)) this.#lines.push(`${time} ${line}`)
  }

  /** Writes a file of the verb's own beside the journal; gives its path, or undefined where it cannot be written. */
  keep(name: string, text: string): string | undefined {
    const path = join(this.folder, name)
    this.#trying(() => writeFileSync(path, text, { mode: 0o600 }))
    return this.#closed ? undefined : path
  }

  /** Writes what was reported since the last time. */
  flush(): void {
    if (this.#events.length === 0) return
    this.#write()
  }

  #write(): void {
    this.#trying(() => {
      this.#append('journal.jsonl', this.#events)
      this.#append('run.log', this.#lines)
    })
    this.#events = []
    this.#lines = []
  }

  #trying(write: () => void): void {
    if (this.#closed) return
    try {
      write()
    } catch (error) {
      this.#closed = true
      clearInterval(this.#timer)
      this.#onFault?.(
        `${this.folder} cannot be written any more (${messageOf(error)}); the run goes on without its log`,
      )
    }
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    this.flush()
    if (!this.#closed) this.#trying(() => writeTimeline(this.folder))
    this.#closed = true
    return Promise.resolve()
  }

  #append(name: string, lines: readonly string[]): void {
    const text = lines.length > 0 ? `${lines.join('\n')}\n` : ''
    appendFileSync(join(this.folder, name), text, { mode: 0o600 })
  }
}

function writeTimeline(folder: string): void {
  const events = readJournal(join(folder, 'journal.jsonl'))
  writeFileSync(join(folder, 'timeline.html'), formatTimelinePage(buildTimeline(events)), { mode: 0o600 })
}

/** The events of a journal; a last line that a killed run left half-written is passed over. `kinds`: only these. */
export function readJournal(file: string, kinds?: readonly RunEvent['kind'][]): readonly RunEvent[] {
  const starts = kinds?.map((kind) => `{"kind":"${kind}"`)
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line === '' || (starts && !starts.some((start) => line.startsWith(start)))) return []
      try {
        return [JSON.parse(line) as RunEvent]
      } catch {
        return []
      }
    })
}

const runName = /^\d{8}T\d{6}/

/** `20260131T120000-deploy`; a second run in the same second gets `.2`. */
function makeRunFolder({ folder, verb, startedAt }: JournalOptions): string {
  const time = new Date(startedAt).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '')
  for (let attempt = 1; ; attempt++) {
    const path = join(folder, `${time}-${verb.replaceAll(' ', '-')}${attempt === 1 ? '' : `.${attempt}`}`)
    try {
      mkdirSync(path, { mode: 0o700 })
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function removeOldRuns(folder: string): void {
  const runs = readdirSync(folder).filter((name) => runName.test(name))
  const old = runs.sort().slice(0, Math.max(0, runs.length - (keptRuns - 1)))
  for (const name of old) rmSync(join(folder, name), { recursive: true, force: true })
}
