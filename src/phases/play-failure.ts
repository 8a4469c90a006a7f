import { InternalError, KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import type { HostState } from './play-host-state.ts'
import type { PlayReport } from './play-report.ts'
import { failedResult, skippedResult, type Judged } from './play-result.ts'
import type { PlayState } from './play-types.ts'

/** A host leaves the play; the others too, when the play does not bear that many. */
export function countLost(state: PlayState, host: string): void {
  state.lost.add(host)
  const { play, hosts } = state.plan
  const share = (state.lost.size / hosts.length) * 100
  const tooMany = play.maxFailPercentage !== undefined && share > play.maxFailPercentage
  if (play.anyErrorsFatal || tooMany) state.stopped = 'failed'
}

/** The result of a step that could not be rendered or observed. */
export function notDone(error: unknown, unforeseen: boolean): Judged {
  if (unforeseen) return skippedResult(`depends on a change that --check does not make: ${messageOf(error)}`)
  const detail = error instanceof KmesosError ? (error.detail ?? error.hint) : undefined
  return failedResult(messageOf(error), detail)
}

/** What ended a host's way before its last step. Throws what is our own fault. */
export function endHost(
  error: unknown,
  parts: {
    readonly state: HostState
    readonly play: PlayState
    readonly report: PlayReport
    readonly signal: AbortSignal | undefined
  },
): void {
  const { state, play, report, signal } = parts
  countLost(play, state.host.name)
  if (error instanceof UnreachableError) {
    state.unreachable = true
    return report.unreachable(error)
  }
  state.failed = true
  if (signal?.aborted) return
  if (error instanceof InternalError || !(error instanceof KmesosError)) throw error
  state.count('failed')
  report.broken(error)
}
