/**
 * A standard stream whose reader may go away (`kmesos status | head`): later writes are dropped, and a run that changes
 * hosts goes on to its end instead of dying half-way.
 */
export class OutputStream {
  readonly stream: NodeJS.WriteStream
  #broken = false

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      this.#broken = true
    })
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true
  }

  write(text: string): void {
    if (!this.#broken) this.stream.write(text)
  }
}
