import { randomBytes } from 'node:crypto'
import type { Become, Connection, ExecResult, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import { CommandError, UnreachableError } from '../kernel/errors.ts'
import { digestOf, sha256 } from '../kernel/digest.ts'
import { compileProgram, type ProgramStep } from '../plan/program.ts'
import { ProgramReader, type ProgramListener, type StepOutput } from '../plan/program-reader.ts'
import { groupQuestions, questionKey, readsOf } from '../plan/questions.ts'
import { meets } from '../plan/resources.ts'
import type { Answer, Question } from '../plan/types.ts'

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
}

export interface ProgramResult {
  /** By step; a step that did not run has none. */
  readonly outputs: ReadonlyMap<number, StepOutput>
  /** Started, but the connection was lost before its end. */
  readonly cutOff: number | undefined
}

/** Seconds-old answers are as good as new; after this long somebody else may have changed the host. */
const answersLiveMs = 120_000

interface Remembered {
  readonly answer: Answer
  readonly question: Question
  readonly at: number
  /** Changes on all hosts when it was asked. */
  readonly changes: number
}

/** The one way to a host in a run: one connection, programs over it, answers remembered as long as they hold. */
export class HostLink {
  readonly host: Host
  readonly #transport: Transport
  readonly #counters: RunCounters
  readonly #now: () => number
  readonly #signal: AbortSignal | undefined
  readonly #answers = new Map<string, Remembered>()
  #connection: Promise<Connection> | undefined
  /** No program was sent over this connection yet. */
  #isFirst = true
  readonly #tag: string
  /** It was reached once: a loss now is worth a second try. */
  wasOpen = false

  constructor(
    host: Host,
    tools: {
      readonly transport: Transport
      readonly counters: RunCounters
      readonly now: () => number
      readonly signal?: AbortSignal | undefined
    },
  ) {
    this.host = host
    this.#tag = sha256(host.name).slice(0, 8)
    this.#transport = tools.transport
    this.#counters = tools.counters
    this.#now = tools.now
    this.#signal = tools.signal
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
    const known = this.#answers.get(keyOf(question, become))
    if (!known || this.#now() - known.at > answersLiveMs) return undefined
    const network = question.ask === 'sh' && question.network === true
    return network && known.changes !== this.#counters.changes ? undefined : known.answer
  }

  /** Forgets what a change may have made untrue. */
  forget(touches: readonly string[]): void {
    for (const [key, { question }] of this.#answers) {
      if (meets(readsOf(question), touches)) this.#answers.delete(key)
    }
  }

  /** A lost connection: nothing that was seen before counts any more. */
  reset(): void {
    this.#answers.clear()
    this.#connection = undefined
    this.#isFirst = true
  }

  async upload(
    file: string,
    path: string,
    options: { readonly mode?: string; readonly become?: Become },
  ): Promise<void> {
    const connection = await this.connection()
    this.#counters.uploads++
    await connection.upload({ file }, path, { ...options, ...(this.#signal ? { signal: this.#signal } : {}) })
  }

  /**
   * Runs one program: steps, then questions. Throws UnreachableError when the connection is lost before any step ran,
   * CommandError when the host cannot run a shell program at all.
   */
  async run(request: ProgramRequest): Promise<ProgramResult> {
    const probes = groupQuestions(request.questions)
    const token = randomBytes(12).toString('hex')
    const outputs = new Map<number, StepOutput>()
    const reader = new ProgramReader(token, probes, {
      ...request.listener,
      stepStarted: (step) => request.listener.stepStarted(step),
      output: (step, line, stream) => request.listener.output(step, line, stream),
      stepEnded: (step, output) => {
        outputs.set(step, output)
        request.listener.stepEnded(step, output)
      },
    })
    const connection = await this.connection()
    const first = this.#isFirst
    this.#isFirst = false
    this.#counters.commands++
    try {
      const result = await connection.exec(['sh', '-s'], {
        stdin: compileProgram({ token, tag: this.#tag, first, steps: request.steps, probes }),
        onLine: (line, stream) => stream === 'stdout' && reader.line(line),
        ...(request.become ? { become: request.become } : {}),
        ...(this.#signal ? { signal: this.#signal } : {}),
      })
      if (!reader.done) throw this.#notDone(result)
    } catch (error) {
      // Steps that ended count; the caller decides about the one that was cut off.
      if (
        !(error instanceof UnreachableError) ||
        request.steps.length === 0 ||
        (outputs.size === 0 && reader.running === undefined)
      )
        throw error
      this.reset()
      return { outputs, cutOff: reader.running ?? outputs.size }
    }
    this.#remember(reader.answers, request)
    return { outputs, cutOff: undefined }
  }

  #remember(answers: ReadonlyMap<string, Answer>, request: ProgramRequest): void {
    const rest = { at: this.#now(), changes: this.#counters.changes }
    for (const question of request.questions) {
      const answer = answers.get(questionKey(question))
      if (answer) this.#answers.set(keyOf(question, request.become), { answer, question, ...rest })
    }
  }

  #notDone(result: ExecResult): Error {
    const last = result.stderr.trim().split('\n').slice(-5).join('\n')
    const how =
      result.exitCode === null
        ? `was ended by ${result.signal ?? 'a signal'}`
        : `ended with exit code ${result.exitCode}`
    return new CommandError(`the shell on ${this.host.name} ${how} before its work was done`, {
      detail: last === '' ? undefined : last,
      hint: 'check that the login shell prints nothing but a prompt and that /tmp has room',
    })
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined)
    await connection?.close()
    this.#connection = undefined
  }
}

function keyOf(question: Question, become: Become | undefined): string {
  const who = become
    ? `${become.method}:${become.user}:${digestOf(become.password?.reveal() ?? '').slice(0, 8)}`
    : ''
  return `${who}\n${questionKey(question)}`
}
