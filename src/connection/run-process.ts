import { pipeline, type Readable, type Writable } from 'node:stream'
import { TimeoutError, UnreachableError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/clock.ts'
import { quoteArgv, type Argv } from '../kernel/shell.ts'
import { BecomeError, becomeError, BeginWatch, type Refusal } from './become.ts'
import { deferred, ProcessOutput } from './process-output.ts'
import type { RemoteCommand } from './remote-command.ts'
import type { Become, ExecOptions } from './types.ts'

/** A process that has been started, here or on a host. */
export interface ProcessPort {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  readonly ended: Promise<ProcessEnd>
  /** Ends it as well as can be; `pid` is its id over there, where it is known. `ended` settles soon after. */
  kill(pid?: string): void
}

export interface ProcessEnd {
  readonly exitCode: number | null
  readonly signal?: string
  /** The connection went away before the process told how it ended. */
  readonly lost: boolean
}

export interface ProcessRun {
  readonly host: string
  /** As the caller gave it: for messages. */
  readonly argv: Argv
  readonly command: RemoteCommand
  readonly become?: Become | undefined
  readonly stdin?: string | Buffer | Readable | undefined
  readonly timeoutMs?: number | undefined
  /** For the question, the answer and what sudo looks up (PAM, LDAP) before the command begins. */
  readonly becomeTimeoutMs: number
  readonly signal?: AbortSignal | undefined
  readonly onLine?: ExecOptions['onLine'] | undefined
  /** Told the command's id over there, when it is known. */
  readonly onPid?: ((pid: string) => void) | undefined
  /** The same as bytes, at once. */
  readonly onChunk?: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined
  readonly clock: Clock
}

export interface RawResult {
  readonly exitCode: number | null
  readonly signal?: string
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** Feeds a process, follows its output, answers sudo, and keeps its deadlines. Throws as Connection.exec does. */
export async function runProcess(process: ProcessPort, run: ProcessRun): Promise<RawResult> {
  const output = new ProcessOutput(run.onLine, run.onChunk)
  const became = followOutput(process, run, output)
  const stop = new AbortController()
  const failure = Promise.race([
    became.failed,
    deadlineOf(run, became.done, stop.signal),
    abortOf(run, stop.signal),
  ])
  try {
    const end = await Promise.race([process.ended, failure])
    return finish(end, { run, output, became })
  } catch (error) {
    process.kill(became.pid())
    throw error
  } finally {
    stop.abort()
    process.stdin.destroy()
  }
}

interface Became {
  /** Settles when the command itself runs; at once without become. */
  readonly done: Promise<void>
  readonly failed: Promise<never>
  isDone(): boolean
  pid(): string | undefined
  /** What was said before the command began. */
  refusal(): Refusal
}

function followOutput(process: ProcessPort, run: ProcessRun, output: ProcessOutput): Became {
  process.stdout.on('data', (chunk: Buffer) => output.push('stdout', chunk))
  // A process that ends without reading its input breaks the pipe; its exit code tells the story.
  process.stdin.on('error', () => undefined)
  if (run.command.marker === undefined) {
    process.stderr.on('data', (chunk: Buffer) => output.push('stderr', chunk))
    feed(process.stdin, run)
    return {
      done: Promise.resolve(),
      failed: new Promise(() => undefined),
      isDone: () => true,
      pid: () => undefined,
      refusal: () => ({ said: '', wasAnswered: false }),
    }
  }
  return followBegin(process, run, output)
}

function followBegin(process: ProcessPort, run: ProcessRun, output: ProcessOutput): Became {
  const watch = new BeginWatch(run.command)
  let pid: string | undefined
  const done = deferred<void>()
  const failed = deferred<never>()
  failed.promise.catch(() => undefined)
  // Where nothing is asked, standard input belongs to the command from the beginning: no waiting for the marker.
  if (run.command.prompt === undefined) feed(process.stdin, run)
  process.stderr.on('data', (chunk: Buffer) => {
    if (pid !== undefined) return output.push('stderr', chunk)
    const step = watch.push(chunk)
    if (step.kind === 'send-password') process.stdin.write(`${run.become?.password?.reveal() ?? ''}\n`)
    else if (step.kind === 'refused' && run.become)
      failed.reject(becomeError(run.host, run.become, { said: step.text, wasAnswered: true }))
    else if (step.kind === 'began') {
      pid = step.pid
      run.onPid?.(pid)
      if (run.command.prompt !== undefined) feed(process.stdin, run)
      if (step.rest.length > 0) output.push('stderr', step.rest)
      done.resolve()
    }
  })
  return {
    done: done.promise,
    failed: failed.promise,
    isDone: () => pid !== undefined,
    pid: () => pid,
    refusal: () => ({ said: watch.text, wasAnswered: watch.wasAnswered }),
  }
}

function feed(stdin: Writable, run: ProcessRun): void {
  const { preamble } = run.command
  if (run.stdin !== undefined && typeof run.stdin !== 'string' && !Buffer.isBuffer(run.stdin)) {
    if (preamble !== '') stdin.write(preamble)
    pipeline(run.stdin, stdin, () => undefined)
    return
  }
  if (run.stdin === undefined && preamble === '') {
    stdin.end()
    return
  }
  const body = run.stdin === undefined ? Buffer.alloc(0) : Buffer.from(run.stdin as string)
  stdin.end(Buffer.concat([Buffer.from(preamble), body]))
}

function finish(
  end: ProcessEnd,
  context: { run: ProcessRun; output: ProcessOutput; became: Became },
): RawResult {
  const { run, output, became } = context
  // What a shell said that could not even begin.
  if (!run.become && !became.isDone()) output.push('stderr', Buffer.from(became.refusal().said))
  output.end()
  if (end.lost) {
    throw new UnreachableError(`lost the connection to ${run.host} while it ran: ${shownArgv(run.argv)}`, {
      hint: 'run the same again: what was done is found done',
    })
  }
  if (run.become && !became.isDone()) throw becomeError(run.host, run.become, became.refusal())
  return {
    exitCode: end.exitCode,
    ...(end.signal === undefined ? {} : { signal: end.signal }),
    stdout: output.stdout,
    stderr: output.stderr,
  }
}

async function deadlineOf(run: ProcessRun, became: Promise<void>, stop: AbortSignal): Promise<never> {
  if (run.become) await race(became, run, { ms: run.becomeTimeoutMs, stop, error: () => lateBecome(run) })
  if (run.timeoutMs === undefined) return new Promise(() => undefined)
  await sleepQuietly(run, run.timeoutMs, stop)
  throw new TimeoutError(
    `${shownArgv(run.argv)} did not end on ${run.host} within ${run.timeoutMs / 1000} s`,
    {
      hint: "this is the time limit for one command: raise it with --command-timeout, ansible_command_timeout or the task's own, or look at what it waits for with --verbose",
    },
  )
}

async function race(
  done: Promise<void>,
  run: ProcessRun,
  limit: { ms: number; stop: AbortSignal; error: () => Error },
): Promise<void> {
  let ended = false
  const late = sleepQuietly(run, limit.ms, limit.stop).then(() => {
    if (!ended) throw limit.error()
  })
  late.catch(() => undefined)
  await Promise.race([done, late])
  ended = true
}

function lateBecome(run: ProcessRun): Error {
  return new BecomeError(
    `${run.become?.method ?? 'sudo'} on ${run.host} neither asked nor began within ${run.becomeTimeoutMs / 1000} s`,
    {
      hint: 'it may wait for DNS or LDAP there: try `sudo id` by hand; or raise the limit with --become-timeout, or ansible_become_timeout in the inventory',
    },
  )
}

/** Never resolves when stopped: then nobody waits for it any more. */
async function sleepQuietly(run: ProcessRun, ms: number, stop: AbortSignal): Promise<void> {
  try {
    await run.clock.sleep(ms, stop)
  } catch {
    await new Promise(() => undefined)
  }
}

function abortOf(run: ProcessRun, stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const { signal } = run
    if (!signal) return
    const abort = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true, signal: stop })
  })
}

/** Long programs are told by their first words. */
export function shownArgv(argv: Argv): string {
  const text = quoteArgv(argv).replaceAll('\n', ' ')
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
