import { InternalError, KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { isTrue } from './play-conditions.ts'
import type { Step } from '../playbook/flatten.ts'
import type { HostState } from './play-host-state.ts'
import type { PlayReport } from './play-report.ts'
import { failedResult, skippedResult, type Judged } from './play-result.ts'
import type { PlayState } from './play-types.ts'

/** A host leaves the play; the others too, when the play (or, `isFatal`, the step) does not bear that many. */
export function countLost(state: PlayState, host: string, isFatal: boolean): void {
  state.lost.add(host)
  state.once.wake()
  const { play, hosts } = state.plan
  const share = (state.lost.size / hosts.length) * 100
  const most = play.maxFailPercentage
  if (!isFatal && (most === undefined || share <= most)) return
  state.stopped = 'failed'
  state.stopReason ??= isFatal
    ? `any_errors_fatal, after ${host}`
    : `max_fail_percentage ${most}, after ${state.lost.size} of ${hosts.length} hosts`
}

/** A step failed: rescue may look at it, or the host leaves the play. */
export function afterFailure(
  step: Step,
  result: unknown,
  around: { readonly isRescued: boolean; readonly state: HostState; readonly play: PlayState },
): void {
  const { isRescued, state, play } = around
  const { node, keywords } = step
  if (!isRescued) return countLost(play, state.host.name, saysYes(keywords.anyErrorsFatal))
  const action = node.kind === 'task' ? node.module : node.kind
  state.register('ansible_failed_task', { name: node.name, action })
  state.register('ansible_failed_result', result)
}

/** A keyword that is given, and is true. */
export function saysYes(value: unknown): boolean {
  return value !== undefined && isTrue(value)
}

/** The result of a step that could not be rendered or observed. */
export function notDone(error: unknown, unforeseen: boolean): Judged {
  if (unforeseen) return skippedResult(`depends on a change that --check does not make: ${messageOf(error)}`)
  const detail = error instanceof KmesosError ? (error.detail ?? error.hint) : undefined
  return failedResult(messageOf(error), detail)
}

/** The result of a task whose host could not be reached, where that is to be ignored. */
export function unreachableResult(error: UnreachableError): Judged {
  return {
    status: 'ignored',
    message: error.message,
    ...(error.hint === undefined ? {} : { detail: error.hint }),
    result: { changed: false, failed: false, unreachable: true, msg: error.message },
  }
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
  countLost(play, state.host.name, saysYes(play.plan.play.keywords.anyErrorsFatal))
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
