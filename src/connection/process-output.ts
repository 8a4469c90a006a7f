import { LineSplitter } from './line-splitter.ts'
import type { ExecOptions } from './types.ts'

/** Both outputs of a process: kept whole, and told line by line. */
export class ProcessOutput {
  readonly #chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  readonly #lines: Record<'stdout' | 'stderr', LineSplitter> | undefined

  readonly #onChunk: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined

  constructor(onLine: ExecOptions['onLine'], onChunk?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void) {
    this.#onChunk = onChunk
    if (!onLine) return
    this.#lines = {
      stdout: new LineSplitter((line) => onLine(line, 'stdout')),
      stderr: new LineSplitter((line) => onLine(line, 'stderr')),
    }
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#chunks.stdout)
  }

  get stderr(): Buffer {
    return Buffer.concat(this.#chunks.stderr)
  }

  push(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this.#chunks[stream].push(chunk)
    this.#lines?.[stream].push(chunk)
    this.#onChunk?.(stream, chunk)
  }

  end(): void {
    this.#lines?.stdout.end()
    this.#lines?.stderr.end()
  }
}

/** A promise with its two ends. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
