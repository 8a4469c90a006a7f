/** Splits a stream of bytes into lines, hands each on, and remembers the last ones. */
export class LineTail {
  readonly #limit: number
  readonly #onLine: (line: string) => void
  readonly #lines: string[] = []
  #rest = ''

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit
    this.#onLine = onLine
  }

  get lines(): readonly string[] {
    return this.#rest === '' ? [...this.#lines] : [...this.#lines, this.#rest]
  }

  add(text: string): void {
    const parts = (this.#rest + text).split('\n')
    this.#rest = parts.pop() ?? ''
    for (const line of parts) this.#take(line)
  }

  end(): void {
    if (this.#rest !== '') this.#take(this.#rest)
    this.#rest = ''
  }

  #take(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > this.#limit) this.#lines.shift()
    this.#onLine(line)
  }
}
