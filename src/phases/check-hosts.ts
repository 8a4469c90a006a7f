import { hostProblems } from '../bootstrap/host-checks.ts'
import { parseReport, reportScript } from '../bootstrap/report-script.ts'
import type { HostNeeds, HostReport } from '../bootstrap/types.ts'
import { BecomeError } from '../connection/become.ts'
import type { Become, Connection, ExecResult, Transport } from '../connection/types.ts'
import { connectionSettings } from '../inventory/connection-vars.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { ConfigError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { countOf } from '../kernel/problems.ts'
import { addressOf } from '../services/site.ts'
import { checkPhase, type Phase } from './phase.ts'

export interface HostChecks {
  readonly hosts: readonly Host[]
  readonly needs: HostNeeds
  /** Names of checks to leave out. */
  readonly skip: readonly string[]
  readonly forks: number
  readonly transport: Transport
  readonly clock: Clock
}

/** A host that does not answer its questions in this time is as good as dead. */
const reportTimeoutMs = 60_000

/**
 * Looks at all hosts before anything is changed on any. Throws UnreachableError when hosts do not answer (the others are
 * checked all the same), ConfigError with all problems of all hosts.
 */
export function checkHosts(checks: HostChecks): Phase {
  return checkPhase('Check the hosts before any change', async (signal) => {
    const outcomes = await mapLimit(
      checks.hosts,
      checks.forks,
      (host) => report(host, checks, signal),
      signal,
    )
    signal.throwIfAborted()
    const reports = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))
    const problems = hostProblems(reports, checks.needs, checks.skip)
    const lost = outcomes.filter((outcome) => !outcome.ok)
    const lostLines = lost.map((outcome) => ({ where: outcome.item.name, message: messageOf(outcome.error) }))
    if (lost.length > 0)
      throw unreachable(
        lost.map((outcome) => outcome.error),
        [...lostLines, ...problems],
        checks,
      )
    if (problems.length > 0) {
      throw new ConfigError(`the hosts have ${countOf(problems.length, 'problem')}:`, problems)
    }
    return `${countOf(reports.length, 'host')} fit`
  })
}

function unreachable(
  errors: readonly unknown[],
  problems: ConfigError['problems'],
  { hosts }: HostChecks,
): Error {
  const [first] = errors
  const hint = first instanceof UnreachableError ? first.hint : undefined
  if (errors.length === 1 && problems.length === 1 && first instanceof Error) return first
  return new UnreachableError(`cannot check ${errors.length} of ${countOf(hosts.length, 'host')}:`, {
    detail: problems.map((problem) => `${problem.where}: ${problem.message}`).join('\n'),
    cause: first,
    hint: hint ?? 'repair them, or leave them out with --limit',
  })
}

async function report(
  host: Host,
  { transport, clock, needs }: HostChecks,
  signal: AbortSignal,
): Promise<HostReport> {
  const connection = await transport.connect(host, signal)
  try {
    const ask = (become?: Become): Promise<ExecResult> => askHost(connection, { needs, signal, become })
    const { answer, refused } = await withRights(rootOn(host), ask)
    const about = { host: host.name, address: addressOf(host) }
    return parseReport(
      answer.stdout,
      refused ? { ...about, rightsRefused: refusalOf(refused) } : about,
      clock.now(),
    )
  } finally {
    await connection.close()
  }
}

interface Asking {
  readonly needs: HostNeeds
  readonly signal: AbortSignal
  readonly become: Become | undefined
}

function askHost(connection: Connection, { needs, signal, become }: Asking): Promise<ExecResult> {
  const stdin = reportScript(needs.questions)
  const options = { stdin, signal, timeoutMs: reportTimeoutMs, ...(become ? { become } : {}) }
  return connection.exec(['sh', '-s'], options)
}

/** As the plays of bootstrap/site.yml become root. */
function rootOn(host: Host): Become {
  const { user, method, password, flags } = connectionSettings(host).become
  return { user, method, ...(password ? { password } : {}), ...(flags ? { flags } : {}) }
}

/** Where the rights are refused, the host is asked without them: its other faults are told in the same run. */
async function withRights(
  become: Become,
  ask: (become?: Become) => Promise<ExecResult>,
): Promise<{ readonly answer: ExecResult; readonly refused?: BecomeError }> {
  try {
    return { answer: await ask(become) }
  } catch (error) {
    if (!(error instanceof BecomeError)) throw error
    return { answer: await ask(), refused: error }
  }
}

function refusalOf(error: BecomeError): string {
  const reason = error.message.replace(/ on \S+(?=: )/, '')
  return error.hint === undefined ? reason : `${reason}: ${error.hint}`
}
