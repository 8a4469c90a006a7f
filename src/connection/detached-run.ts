import { randomBytes } from 'node:crypto'
import type { DetachedName } from './detached-programs.ts'
import { LineSplitter } from './line-splitter.ts'
import type { ExecOptions } from './types.ts'

export type DetachedState =
  /** Not sent yet, or it is not known whether it began. */
  | 'new'
  /** It began and its outputs arrive. */
  | 'begun'
  /** Both outputs are whole and the exit code is known. */
  | 'ended'
  /** The host had no place for its files: it runs as any other command. */
  | 'plain'
  /** It was ended from outside without telling its exit code. */
  | 'gone'
  /** The host knows nothing of it. */
  | 'absent'

type Stream = 'stdout' | 'stderr'

/**
 * One run of a program that outlives its channel: what has arrived of it, so that another channel goes on behind that. Handed
 * to `exec` as `detached`; after an UnreachableError the same object is handed to `exec` of the next connection.
 */
export class DetachedRun {
  #name: DetachedName = freshName()
  #streams = { stdout: new DetachedStream(), stderr: new DetachedStream() }
  /** A line may be cut in two by the loss of a channel: the splitters live as long as the run. */
  readonly #lines = {
    stdout: new LineSplitter((line) => this.#onLine?.(line, 'stdout')),
    stderr: new LineSplitter((line) => this.#onLine?.(line, 'stderr')),
  }
  #onLine: ExecOptions['onLine']
  /** It was sent, so it may have begun. */
  #wasSent = false
  #absent = false
  #hasBegun = false
  #channel = 0

  get name(): DetachedName {
    return this.#name
  }

  get state(): DetachedState {
    const { stdout, stderr } = this.#streams
    if (stdout.exitCode !== undefined && stderr.exitCode !== undefined) return 'ended'
    if (stderr.word === 'gone') return 'gone'
    if (this.#absent) return 'absent'
    return stdout.word ?? stderr.word ?? 'new'
  }

  /** It is known to have begun, whatever the host says of it later. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Whether the next channel must look for it first. */
  get mayRun(): boolean {
    return this.#wasSent
  }

  get exitCode(): number | null {
    return this.#streams.stdout.exitCode ?? null
  }

  get arrived(): Readonly<Record<Stream, number>> {
    return { stdout: this.#streams.stdout.bytes, stderr: this.#streams.stderr.bytes }
  }

  output(stream: Stream): Buffer {
    return this.#streams[stream].content
  }

  /** A channel opens: its outputs are read from their beginning, those of earlier channels not any more. */
  opened(onLine: ExecOptions['onLine']): number {
    this.#wasSent = true
    this.#onLine = onLine
    for (const stream of Object.values(this.#streams)) stream.reopen(this.#name.token)
    return ++this.#channel
  }

  /** Takes what a channel brought. */
  push(channel: number, stream: Stream, chunk: Buffer): void {
    if (channel !== this.#channel) return
    const fresh = this.#streams[stream].push(chunk)
    const { word } = this.#streams[stream]
    if (word === 'absent') this.#absent = true
    else if (word !== undefined) this.#hasBegun = true
    if (this.#onLine) this.#lines[stream].push(fresh)
  }

  /** No more comes: a last line may have no end. */
  finish(): void {
    if (!this.#onLine) return
    this.#lines.stdout.end()
    this.#lines.stderr.end()
  }

  /** The host is sure that it never began: it may be sent anew, under another name. */
  renew(): void {
    this.#name = freshName()
    this.#streams = { stdout: new DetachedStream(), stderr: new DetachedStream() }
    this.#wasSent = false
    this.#absent = false
  }
}

function freshName(): DetachedName {
  return { token: `km-${randomBytes(12).toString('hex')}`, id: randomBytes(9).toString('hex') }
}

const nothing: Buffer = Buffer.alloc(0)

/** One output: finds the protocol's words in it, keeps the content between them. */
class DetachedStream {
  readonly #chunks: Buffer[] = []
  #token: Buffer = nothing
  /** What cannot be told apart yet from the beginning of a word of the protocol. */
  #rest: Buffer = nothing
  #isOpen = false
  bytes = 0
  word: 'begun' | 'plain' | 'gone' | 'absent' | undefined
  exitCode: number | undefined

  get content(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  reopen(token: string): void {
    this.#token = Buffer.from(`${token} `)
    this.#rest = nothing
    this.#isOpen = false
  }

  push(chunk: Buffer): Buffer {
    if (this.exitCode !== undefined) return nothing
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const fresh: Buffer[] = []
    for (let step = this.#next(); step; step = this.#next()) fresh.push(step)
    const content = fresh.length === 1 && fresh[0] ? fresh[0] : Buffer.concat(fresh)
    if (content.length > 0) this.#chunks.push(content)
    this.bytes += content.length
    return content
  }

  /** The next piece of content, perhaps empty; undefined when more must arrive first. */
  #next(): Buffer | undefined {
    if (this.exitCode !== undefined) return undefined
    const at = this.#rest.indexOf(this.#token)
    if (at < 0) return this.#whileNoWord()
    const end = this.#rest.indexOf('\n', at)
    const before = this.#isOpen ? this.#rest.subarray(0, at) : nothing
    if (end < 0) {
      if (before.length === 0) return undefined
      this.#rest = this.#rest.subarray(at)
      return before
    }
    const words = this.#rest.toString('latin1', at + this.#token.length, end).split(' ')
    this.#rest = this.#rest.subarray(end + 1)
    this.#protocol(words)
    return before
  }

  #whileNoWord(): Buffer | undefined {
    // A login banner before the first word is nobody's output.
    const keep = this.#isOpen && this.word === 'plain' ? 0 : startOf(this.#token, this.#rest)
    const content = this.#rest.subarray(0, this.#rest.length - keep)
    this.#rest = this.#rest.subarray(this.#rest.length - keep)
    return this.#isOpen && content.length > 0 ? content : undefined
  }

  #protocol([word, code]: readonly string[]): void {
    if (word === 'end') this.exitCode = Number(code)
    else if (word === 'begun' || word === 'plain' || word === 'gone' || word === 'absent') {
      this.word = word
      this.#isOpen = true
    }
  }
}

/** How many of the last bytes may be the beginning of the token. */
function startOf(token: Buffer, text: Buffer): number {
  for (let length = Math.min(token.length - 1, text.length); length > 0; length--)
    if (text.subarray(text.length - length).equals(token.subarray(0, length))) return length
  return 0
}
