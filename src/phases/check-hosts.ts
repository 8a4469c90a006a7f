import { hostProblems } from '../bootstrap/host-problems.ts'
import { parseReport, reportScript } from '../bootstrap/report-script.ts'
import type { HostNeeds, HostReport } from '../bootstrap/types.ts'
import type { Transport } from '../connection/types.ts'
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
    const problems = hostProblems(reports, checks.needs)
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
  { transport, clock }: HostChecks,
  signal: AbortSignal,
): Promise<HostReport> {
  const connection = await transport.connect(host, signal)
  try {
    const options = { stdin: reportScript, signal, timeoutMs: reportTimeoutMs }
    const { stdout } = await connection.exec(['sh', '-s'], options)
    const becomePassword = connectionSettings(host).become.password !== undefined
    return parseReport(stdout, { host: host.name, address: addressOf(host), becomePassword }, clock.now())
  } finally {
    await connection.close()
  }
}
