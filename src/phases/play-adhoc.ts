import type { Become, ExecResult, Transport } from '../connection/types.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import { factsScript } from '../facts/facts-script.ts'
import type { Facts } from '../facts/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf, UnreachableError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import type { Argv } from '../kernel/shell.ts'
import type { Reporter } from '../reporter/types.ts'

/** One command on many hosts, outside of any playbook: ping, exec, facts. */
export interface AdhocOptions {
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  /** Hosts at once; 20 unless told. */
  readonly forks?: number
  readonly become?: (host: Host) => Become | undefined
  readonly timeoutMs?: number
  readonly redact?: (text: string) => string
  readonly signal?: AbortSignal
}

export interface HostAnswer<T> {
  readonly host: string
  readonly status: 'ok' | 'failed' | 'unreachable'
  readonly value?: T
  readonly error?: Error
  /** From the first dial to the last byte. */
  readonly ms: number
}

/** Connects to each host and runs the shortest command there is. */
export async function pingHosts(
  hosts: readonly Host[],
  options: AdhocOptions,
): Promise<readonly HostAnswer<string>[]> {
  return onHosts(hosts, 'ping', options, async (run) => {
    const result = await run(['echo', 'pong'])
    if (result.exitCode !== 0 || result.stdout.trim() !== 'pong')
      throw new Error(`answered ${JSON.stringify(result.stdout + result.stderr)}`)
    return 'pong'
  })
}

/** Runs one command on each host; lines are reported as they come. A host whose command ends with a code other than 0 failed. */
export async function execOnHosts(
  hosts: readonly Host[],
  argv: Argv,
  options: AdhocOptions,
): Promise<readonly HostAnswer<ExecResult>[]> {
  return onHosts(hosts, 'exec', options, async (run, tell) => {
    const result = await run(argv, tell)
    return {
      value: result,
      failed: result.exitCode === 0 ? undefined : `exit code ${result.exitCode ?? result.signal}`,
    }
  })
}

/** Facts of each host, by one command each. */
export async function gatherFacts(
  hosts: readonly Host[],
  options: AdhocOptions,
): Promise<readonly HostAnswer<Facts>[]> {
  return onHosts(hosts, 'facts', options, async (run) => {
    const script = `LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin\n${factsScript}`
    const result = await run(['sh', '-c', script])
    return parseFacts(result.stdout)
  })
}

type Tell = (line: string, stream: 'stdout' | 'stderr') => void
type Run = (argv: Argv, tell?: Tell) => Promise<ExecResult>
type Made<T> = T | { readonly value: T; readonly failed: string | undefined }

async function onHosts<T>(
  hosts: readonly Host[],
  task: string,
  options: AdhocOptions,
  work: (run: Run, tell: Tell) => Promise<Made<T>>,
): Promise<readonly HostAnswer<T>[]> {
  const outcomes = await mapLimit(
    hosts,
    options.forks ?? 20,
    (host) => onHost(host, task, options, work),
    options.signal,
  )
  options.signal?.throwIfAborted()
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error
    return outcome.value
  })
}

async function onHost<T>(
  host: Host,
  task: string,
  options: AdhocOptions,
  work: (run: Run, tell: Tell) => Promise<Made<T>>,
): Promise<HostAnswer<T>> {
  const { clock, reporter, signal } = options
  const redact = options.redact ?? ((text: string) => text)
  const startedAt = clock.now()
  const tell: Tell = (line, stream) =>
    reporter.report({ kind: 'output', host: host.name, task, stream, line: redact(line), at: clock.now() })
  const answer = await attempt(host, options, work, tell)
  const ms = clock.now() - startedAt
  signal?.throwIfAborted()
  reporter.report({
    kind: 'task-result',
    play: task,
    host: host.name,
    task,
    status: answer.status,
    ...(answer.error ? { message: redact(messageOf(answer.error)) } : {}),
    startedAt,
    at: clock.now(),
  })
  return { ...answer, ms }
}

async function attempt<T>(
  host: Host,
  options: AdhocOptions,
  work: (run: Run, tell: Tell) => Promise<Made<T>>,
  tell: Tell,
): Promise<Omit<HostAnswer<T>, 'ms'>> {
  try {
    const connection = await options.transport.connect(host, options.signal)
    try {
      const become = options.become?.(host)
      const made = await work(
        (argv, onLine) =>
          connection.exec(argv, {
            ...(become ? { become } : {}),
            ...(onLine ? { onLine } : {}),
            ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
            ...(options.signal ? { signal: options.signal } : {}),
          }),
        tell,
      )
      return answerOf(host.name, made)
    } finally {
      await connection.close()
    }
  } catch (error) {
    const status = error instanceof UnreachableError ? 'unreachable' : 'failed'
    return { host: host.name, status, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function answerOf<T>(host: string, made: Made<T>): Omit<HostAnswer<T>, 'ms'> {
  if (made === null || typeof made !== 'object' || !('failed' in made))
    return { host, status: 'ok', value: made }
  const { value, failed } = made
  return failed === undefined
    ? { host, status: 'ok', value }
    : { host, status: 'failed', value, error: new Error(failed) }
}
