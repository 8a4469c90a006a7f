import { randomBytes } from 'node:crypto'
import { DetachedRun } from '../connection/detached-run.ts'
import { defaultReconnectTimeoutMs } from '../connection/transport-options.ts'
import type { Become, Connection, ExecOptions, ExecResult, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { TimeoutError, UnreachableError } from '../kernel/errors.ts'
import { sha256 } from '../kernel/digest.ts'
import { compileProgram, type ProgramStep } from '../plan/program.ts'
import { ProgramReader, type ProgramListener, type StepOutput } from '../plan/program-reader.ts'
import { groupQuestions } from '../plan/questions.ts'
import type { Answer, Question } from '../plan/types.ts'
import { KnownAnswers, type Moment } from './play-answers.ts'
import { endedEarly, lateLeftover } from './play-leftover.ts'

/** Counts of a whole run, shared by all hosts: a change anywhere makes answers about the network stale. */
export interface RunCounters {
  changes: number
  connections: number
  /** Remote commands, of all hosts. */
  commands: number
  uploads: number
}

export interface ProgramRequest {
  readonly steps: readonly ProgramStep[]
  readonly questions: readonly Question[]
  readonly become: Become | undefined
  readonly listener: ProgramListener
  /** The connection is lost and will be opened again. */
  readonly lost: () => void
}

export interface ProgramResult {
  /** By step; a step that did not run has none. */
  readonly outputs: ReadonlyMap<number, StepOutput>
  /** Started, but the connection was lost before its end. */
  readonly cutOff: number | undefined
}

/** A connection that breaks again and again is no connection. */
const mostLosses = 5

/** The one way to a host in a run: one connection, programs over it, answers remembered as long as they hold. */
export class HostLink {
  readonly host: Host
  readonly #transport: Transport
  readonly #counters: RunCounters
  readonly #clock: Clock
  readonly #signal: AbortSignal | undefined
  readonly #answers = new KnownAnswers()
  #connection: Promise<Connection> | undefined
  /** Users whose leftovers of an earlier run were waited for: one cannot look into another's temporary folder. */
  readonly #awaited = new Set<string>()
  readonly #tag: string
  /** It was reached once: a loss now is worth another try. */
  wasOpen = false
  #losses = 0
  #users = 0

  constructor(
    host: Host,
    tools: {
      readonly transport: Transport
      readonly counters: RunCounters
      readonly clock: Clock
      readonly signal?: AbortSignal | undefined
    },
  ) {
    this.host = host
    this.#tag = sha256(host.name).slice(0, 8)
    this.#transport = tools.transport
    this.#counters = tools.counters
    this.#clock = tools.clock
    this.#signal = tools.signal
  }

  /** Somebody waits for a program or an upload. */
  get isBusy(): boolean {
    return this.#users > 0
  }

  async connection(): Promise<Connection> {
    if (!this.#connection) {
      this.#counters.connections++
      this.#connection = this.#transport.connect(this.host, this.#signal)
    }
    const connection = await this.#connection
    this.wasOpen = true
    return connection
  }

  /** The answer, when one is known that still holds. */
  recall(question: Question, become: Become | undefined): Answer | undefined {
    return this.#answers.recall(question, become, this.#moment)
  }

  /** Forgets what a change may have made untrue. */
  forget(touches: readonly string[]): void {
    this.#answers.forget(touches)
  }

  get #moment(): Moment {
    return { at: this.#clock.now(), changes: this.#counters.changes }
  }

  /** A lost connection: nothing that was seen before counts any more. */
  reset(): void {
    this.#answers.clear()
    this.#connection = undefined
    this.#awaited.clear()
  }

  /** Closes the connection; the next program opens another one (`meta: reset_connection`). */
  reopen(): void {
    const old = this.#connection
    this.reset()
    void old?.then((connection) => connection.close()).catch(() => undefined)
  }

  async upload(
    file: string,
    path: string,
    options: { readonly mode?: string; readonly become?: Become; readonly lost: () => void },
  ): Promise<void> {
    const { lost, ...rest } = options
    await this.#whileLost(lost, async (connection) => {
      this.#counters.uploads++
      await connection.upload({ file }, path, { ...rest, ...(this.#signal ? { signal: this.#signal } : {}) })
    })
  }

  async download(
    path: string,
    options: { readonly become?: Become; readonly lost: () => void },
  ): Promise<Buffer> {
    const { lost, ...rest } = options
    return await this.#whileLost(lost, (connection) => {
      this.#counters.commands++
      return connection.download(path, rest)
    })
  }

  /**
   * Runs one program: steps, then questions. When the connection is lost, another one is opened; steps then go on where they
   * are, for they outlive their channel. Throws UnreachableError when the host does not come back, CommandError when it cannot
   * run a shell program at all.
   */
  async run(request: ProgramRequest): Promise<ProgramResult> {
    const probes = groupQuestions(request.questions)
    const token = randomBytes(12).toString('hex')
    const outputs = new Map<number, StepOutput>()
    const reader = new ProgramReader(token, probes, {
      waiting: (leftover) => request.listener.waiting?.(leftover),
      stepStarted: (step) => request.listener.stepStarted(step),
      output: (step, line, stream) => request.listener.output(step, line, stream),
      stepEnded: (step, output) => {
        outputs.set(step, output)
        request.listener.stepEnded(step, output)
      },
    })
    const acts = request.steps.length > 0
    const detached = acts ? new DetachedRun() : undefined
    const program = { token, tag: this.#tag, steps: request.steps, probes }
    let stdin: string | undefined
    let isForgotten = false
    await this.#whileLost(request.lost, async (connection) => {
      stdin ??= compileProgram({ ...program, first: this.#mustAwait(request.become) })
      try {
        const result = await this.#send(connection, stdin, { request, reader, detached })
        if (!reader.done) throw endedEarly(this.host.name, result)
      } catch (error) {
        if (error instanceof TimeoutError && reader.leftover)
          throw lateLeftover(this.host.name, reader.leftover, error)
        // The host is there and knows nothing of what had begun: to send it again would do it twice.
        if (!(error instanceof UnreachableError) || detached?.state !== 'absent') throw error
        isForgotten = true
      }
    })
    if (isForgotten) {
      // Steps that ended count; the caller decides about the one whose end nobody knows.
      this.#answers.clear()
      return { outputs, cutOff: reader.running ?? outputs.size }
    }
    this.#answers.remember(request.questions, reader.answers, { ...this.#moment, become: request.become })
    return { outputs, cutOff: undefined }
  }

  /** What another task does over this link at the same time is nobody's leftover. */
  #mustAwait(become: Become | undefined): boolean {
    const user = become?.user ?? ''
    if (this.#awaited.has(user) || (this.#awaited.size > 0 && this.#users > 1)) return false
    this.#awaited.add(user)
    return true
  }

  #send(
    connection: Connection,
    stdin: string,
    how: {
      readonly request: ProgramRequest
      readonly reader: ProgramReader
      readonly detached: DetachedRun | undefined
    },
  ): Promise<ExecResult> {
    const { request, reader, detached } = how
    this.#counters.commands++
    const options: ExecOptions = {
      stdin,
      onLine: (line, stream) => stream === 'stdout' && reader.line(line),
      ...(request.become ? { become: request.become } : {}),
      // What changes something is brought to its end when the run is interrupted; a look is not worth waiting for.
      ...(detached ? { detached } : this.#signal ? { signal: this.#signal } : {}),
    }
    return connection.exec(['sh', '-s'], options)
  }

  /** Opens another connection when one is lost in the middle of the work, and does the work again. */
  async #whileLost<R>(lost: () => void, work: (connection: Connection) => Promise<R>): Promise<R> {
    this.#users++
    try {
      return await this.#untilDone(lost, work)
    } finally {
      this.#users--
    }
  }

  async #untilDone<R>(lost: () => void, work: (connection: Connection) => Promise<R>): Promise<R> {
    for (;;) {
      try {
        return await work(await this.#connected(lost))
      } catch (error) {
        if (!(error instanceof UnreachableError) || !this.wasOpen || this.#signal?.aborted) throw error
        if (this.#connection === undefined || ++this.#losses > mostLosses) throw error
        this.reset()
        lost()
      }
    }
  }

  /** The first connection is tried once; after a loss the host gets time to come back. */
  async #connected(lost: () => void): Promise<Connection> {
    if (!this.wasOpen) return this.connection()
    const limitMs = this.#transport.reconnectTimeoutMs?.(this.host) ?? defaultReconnectTimeoutMs
    const until = this.#clock.now() + limitMs
    for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        return await this.connection()
      } catch (error) {
        const late = this.#clock.now() + waitMs > until
        this.reset()
        if (!(error instanceof UnreachableError) || late || this.#signal?.aborted) throw error
        if (waitMs === 500) lost()
        await this.#clock.sleep(waitMs, this.#signal)
      }
    }
  }

  /** Closes the connection. What is known of the host stays known; the next program opens another connection. */
  async close(): Promise<void> {
    const closing = this.#connection
    this.#connection = undefined
    this.#awaited.clear()
    const connection = await closing?.catch(() => undefined)
    await connection?.close()
  }
}
