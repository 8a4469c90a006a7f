import { StringDecoder } from 'node:string_decoder'

/** Cuts a stream of bytes into whole lines; letters of several bytes and lines over several chunks stay whole. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  /** Joined once, at the line's end: a line of many megabytes would else be copied with each chunk. */
  #pieces: string[] = []

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(chunk: Buffer): void {
    const [first = '', ...lines] = this.#decoder.write(chunk).split('\n')
    this.#pieces.push(first)
    for (const next of lines) {
      const line = this.#take()
      this.#pieces.push(next)
      this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    }
  }

  /** The last line may end without a newline. */
  end(): void {
    this.#pieces.push(this.#decoder.end())
    const rest = this.#take()
    if (rest !== '') this.#onLine(rest)
  }

  #take(): string {
    const line = this.#pieces.join('')
    this.#pieces = []
    return line
  }
}
