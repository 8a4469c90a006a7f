import type { Become, Connection, ExecResult, Transport } from '../connection/types.ts'
import { factsScript } from '../facts/facts-script.ts'
import { parseFacts } from '../facts/parse-facts.ts'
import type { Facts } from '../facts/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { FailedError, KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { mapLimit, type Outcome } from '../kernel/pool.ts'
import { countOf } from '../kernel/problems.ts'
import type { Argv } from '../kernel/shell.ts'
import { abbreviateHosts } from '../reporter/abbreviate-hosts.ts'
import type { Reporter } from '../reporter/types.ts'

export interface AdHocClients {
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly becomeOf: (host: Host) => Become | undefined
}

export interface AdHocRequest {
  readonly hosts: readonly Host[]
  readonly forks: number
}

/** Checks that hosts let us in and run a command. Throws when some do not, after all have been tried. */
export async function ping(request: AdHocRequest, clients: AdHocClients): Promise<void> {
  const outcomes = await onHosts(request, clients, async (host, connection) => {
    const startedAt = clients.clock.now()
    const result = await connection.exec(['true'], optionsFor(host, clients))
    report(host, { task: 'ping', startedAt, status: result.exitCode === 0 ? 'ok' : 'failed' }, clients)
    if (result.exitCode !== 0) throw new FailedError(`true ended with ${result.exitCode} on ${host.name}`)
  })
  throwUnlessAll('ping', outcomes)
}

/** Runs one command on hosts and shows its output line by line. */
export async function execute(
  request: AdHocRequest & { readonly argv: Argv; readonly title: string },
  clients: AdHocClients,
): Promise<void> {
  const { argv, title } = request
  const outcomes = await onHosts(request, clients, async (host, connection) => {
    const startedAt = clients.clock.now()
    const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
      const at = clients.clock.now()
      clients.reporter.report({ kind: 'output', host: host.name, task: title, stream, line, at })
    }
    const result = await connection.exec(argv, { ...optionsFor(host, clients), onLine })
    const status = result.exitCode === 0 ? 'ok' : 'failed'
    report(host, { task: title, startedAt, status, message: endOf(result) }, clients)
    if (status === 'failed') throw new FailedError(`${title} ended with ${endOf(result)} on ${host.name}`)
  })
  throwUnlessAll(title, outcomes)
}

/** Facts by host, of those that answered; the error of the others is for the caller to throw when all is printed. */
export async function gatherFacts(
  request: AdHocRequest,
  clients: AdHocClients,
): Promise<{ readonly facts: Readonly<Record<string, Facts>>; readonly error: KmesosError | undefined }> {
  const outcomes = await onHosts(request, clients, async (host, connection) => {
    const options = { ...optionsFor(host, clients), stdin: factsScript }
    const { stdout } = await connection.exec(['sh', '-s'], options)
    return parseFacts(stdout)
  })
  const answered = outcomes.flatMap((outcome) =>
    outcome.ok ? [[outcome.item.name, outcome.value] as const] : [],
  )
  return { facts: Object.fromEntries(answered), error: errorOf('asking for facts', outcomes) }
}

function optionsFor(
  host: Host,
  { signal, becomeOf }: AdHocClients,
): { signal: AbortSignal; become?: Become } {
  const become = becomeOf(host)
  return { signal, ...(become ? { become } : {}) }
}

async function onHosts<R>(
  { hosts, forks }: AdHocRequest,
  clients: AdHocClients,
  work: (host: Host, connection: Connection) => Promise<R>,
): Promise<readonly Outcome<Host, R>[]> {
  const { transport, signal } = clients
  const outcomes = await mapLimit(
    hosts,
    forks,
    async (host) => {
      const startedAt = clients.clock.now()
      const connection = await transport.connect(host, signal).catch((error: unknown) => {
        if (!signal.aborted) reportUnreachable(host, error, startedAt, clients)
        throw error
      })
      try {
        return await work(host, connection)
      } finally {
        await connection.close()
      }
    },
    signal,
  )
  signal.throwIfAborted()
  return outcomes
}

interface Told {
  readonly task: string
  readonly startedAt: number
  readonly status: 'ok' | 'failed'
  readonly message?: string
}

function report(host: Host, told: Told, { reporter, clock }: AdHocClients): void {
  reporter.report({ kind: 'task-result', play: 'ad hoc', host: host.name, ...told, at: clock.now() })
}

function reportUnreachable(
  host: Host,
  error: unknown,
  startedAt: number,
  { reporter, clock }: AdHocClients,
): void {
  const known = error instanceof KmesosError ? error : undefined
  const detail = [known?.detail, known?.hint && `hint: ${known.hint}`].filter(Boolean).join('\n')
  reporter.report({
    ...{ kind: 'task-result', play: 'ad hoc', host: host.name, task: 'connect', status: 'unreachable' },
    message: messageOf(error),
    ...(detail === '' ? {} : { detail }),
    startedAt,
    at: clock.now(),
  })
}

function endOf(result: ExecResult): string {
  return result.exitCode === null ? `signal ${result.signal ?? 'unknown'}` : `exit code ${result.exitCode}`
}

function throwUnlessAll(title: string, outcomes: readonly Outcome<Host, unknown>[]): void {
  const error = errorOf(title, outcomes)
  if (error) throw error
}

function errorOf(title: string, outcomes: readonly Outcome<Host, unknown>[]): KmesosError | undefined {
  const failed = outcomes.filter((outcome) => !outcome.ok)
  if (failed.length === 0) return undefined
  const lost = failed.filter(({ error }) => error instanceof UnreachableError)
  const named = (hosts: typeof failed, word: string): readonly string[] =>
    hosts.length === 0 ? [] : [`${abbreviateHosts(hosts.map(({ item }) => item.name))} (${word})`]
  const others = failed.filter(({ error }) => !(error instanceof UnreachableError))
  const names = [...named(others, 'failed'), ...named(lost, 'unreachable')].join(', ')
  const message = `${title} failed on ${failed.length} of ${countOf(outcomes.length, 'host')}: ${names}`
  const detail = failed.length === 1 ? messageOf(failed[0]?.error) : undefined
  return lost.length === failed.length
    ? new UnreachableError(message, { detail })
    : new FailedError(message, { detail })
}
