import { hostProblems } from '../bootstrap/host-checks.ts'
import type { HostNeeds } from '../bootstrap/types.ts'
import type { Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { ConfigError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { countOf } from '../kernel/problems.ts'
import { askHost } from './ask-host.ts'
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

/**
 * Looks at all hosts before anything is changed on any. Throws UnreachableError when hosts do not answer (the others are
 * checked all the same), ConfigError with all problems of all hosts.
 */
export function checkHosts(checks: HostChecks): Phase {
  return checkPhase('Check the hosts before any change', async (signal) => {
    const outcomes = await mapLimit(
      checks.hosts,
      checks.forks,
      (host) => askHost(host, { ...checks, questions: checks.needs.questions }, signal),
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
