import type { Reporter, RunEvent } from './types.ts'

/** One event per line, as JSON; nothing else is written. */
export class JsonReporter implements Reporter {
  readonly #write: (text: string) => void

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  report(event: RunEvent): void {
    this.#write(`${JSON.stringify(event)}\n`)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
