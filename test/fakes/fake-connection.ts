import { CommandError, TimeoutError, UnreachableError } from '../../src/kernel/errors.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { quoteArgv, type Argv } from '../../src/kernel/shell.ts'
import { LineSplitter } from '../../src/connection/line-splitter.ts'
import type {
  Connection,
  ExecOptions,
  ExecResult,
  Transport,
  UploadOptions,
  UploadSource,
} from '../../src/connection/types.ts'
import { readFile } from 'node:fs/promises'

/** What a command of the fake host does; `stdin` is what it was fed. May never resolve: then a time-out or abort ends it. */
export type FakeCommand = (call: FakeCall) => Partial<ExecResult> | Promise<Partial<ExecResult>>

export interface FakeCall {
  readonly argv: Argv
  readonly stdin: string
  readonly options: ExecOptions
}

/** A tiny host in memory: files, commands by their first word (or the whole line), and a record of what was asked. */
export class FakeHost {
  readonly name: string
  readonly files = new Map<string, { content: Buffer; mode: string }>()
  readonly commands = new Map<string, FakeCommand>()
  readonly calls: FakeCall[] = []
  /** Folders that exist; uploads elsewhere fail as on a real host. `/` and `/tmp` do. */
  readonly folders = new Set(['/', '/tmp'])
  isReachable = true
  readonly #lost = lostPromise()

  constructor(name = 'fake') {
    this.name = name
    this.#lost.promise.catch(() => undefined)
  }

  /** Answers for a program (`docker`) or a whole line as quoteArgv writes it (`docker ps`); the line is asked first. */
  on(command: string, answer: FakeCommand | Partial<ExecResult>): this {
    this.commands.set(command, typeof answer === 'function' ? answer : () => answer)
    return this
  }

  /** Breaks the connection: what runs and what comes later ends as unreachable. */
  cut(): void {
    this.isReachable = false
    this.#lost.reject(this.#unreachable())
  }

  connect(): Connection {
    if (!this.isReachable) throw new UnreachableError(`cannot open SSH to ${this.name}: connection refused`)
    return {
      host: this.name,
      exec: (argv, options = {}) => this.#exec(argv, options),
      upload: (source, destination, options = {}) => this.#upload(source, destination, options),
      download: (path) => this.#download(path),
      close: () => Promise.resolve(),
    }
  }

  async #exec(argv: Argv, options: ExecOptions): Promise<ExecResult> {
    if (!this.isReachable) throw this.#unreachable()
    options.signal?.throwIfAborted()
    const call: FakeCall = { argv, stdin: String(options.stdin ?? ''), options }
    this.calls.push(call)
    const stop = new AbortController()
    try {
      const answer = await Promise.race([
        this.#answer(call),
        this.#lost.promise,
        ...limits(argv, options, { host: this.name, stop: stop.signal }),
      ])
      const result = { exitCode: 0, stdout: '', stderr: '', ...answer }
      for (const stream of ['stdout', 'stderr'] as const)
        sayLines(result[stream], (line) => options.onLine?.(line, stream))
      return result
    } finally {
      stop.abort()
    }
  }

  async #answer(call: FakeCall): Promise<Partial<ExecResult>> {
    const program = call.argv[0] ?? ''
    const command = this.commands.get(quoteArgv(call.argv)) ?? this.commands.get(program)
    if (command) return command(call)
    return { exitCode: 127, stderr: `${program}: not found\n` }
  }

  async #upload(source: UploadSource, destination: string, options: UploadOptions): Promise<void> {
    options.signal?.throwIfAborted()
    const content =
      'content' in source ? Buffer.from(source.content as string) : await readSource(source.file)
    if (!this.isReachable) throw this.#unreachable()
    const folder = destination.slice(0, destination.lastIndexOf('/')) || '/'
    if (!this.folders.has(folder))
      throw new CommandError(`cannot write ${destination} on ${this.name}: no such folder`)
    const before = this.files.get(destination)
    this.files.set(destination, { content, mode: options.mode ?? before?.mode ?? '0644' })
  }

  async #download(path: string): Promise<Buffer> {
    if (!this.isReachable) throw this.#unreachable()
    const file = this.files.get(path)
    if (!file) throw new CommandError(`cannot read ${path} on ${this.name}: No such file or directory`)
    return file.content
  }

  #unreachable(): UnreachableError {
    return new UnreachableError(`lost the connection to ${this.name}`)
  }
}

/** Fake hosts by name behind the Transport port; a name that is missing cannot be reached. */
export function fakeTransport(hosts: readonly FakeHost[]): Transport {
  const byName = new Map(hosts.map((host) => [host.name, host]))
  return {
    connect: async (host) => {
      const fake = byName.get(host.name)
      if (!fake) throw new UnreachableError(`cannot open SSH to ${host.name}: the name is not known to DNS`)
      return fake.connect()
    },
    close: () => Promise.resolve(),
  }
}

async function readSource(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new ConfigError(`cannot read ${file}`, [], { cause })
  }
}

function sayLines(text: string, onLine: (line: string) => void): void {
  const splitter = new LineSplitter(onLine)
  splitter.push(Buffer.from(text))
  splitter.end()
}

function limits(
  argv: Argv,
  options: ExecOptions,
  context: { host: string; stop: AbortSignal },
): Promise<never>[] {
  const { timeoutMs, signal } = options
  const late = new Promise<never>((_resolve, reject) => {
    if (timeoutMs === undefined) return
    const timer = setTimeout(
      () =>
        reject(
          new TimeoutError(`${quoteArgv(argv)} did not end on ${context.host} within ${timeoutMs / 1000} s`),
        ),
      timeoutMs,
    )
    context.stop.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
  const aborted = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), {
      once: true,
      signal: context.stop,
    })
  })
  return [late, aborted]
}

function lostPromise(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject!: (error: Error) => void
  const promise = new Promise<never>((_resolve, no) => (reject = no))
  return { promise, reject }
}
