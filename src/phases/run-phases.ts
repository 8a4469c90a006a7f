import type { Clock } from '../kernel/clock.ts'
import { countOf } from '../kernel/problems.ts'
import type { Reporter } from '../reporter/types.ts'
import type { Change, Phase } from './phase.ts'

export interface RunOptions {
  /** Plan everything, apply nothing. */
  readonly check: boolean
  /** Show the contents of changes. */
  readonly diff: boolean
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface RunResult {
  /** Everything that was changed or, with check, would be. */
  readonly changes: readonly Change[]
}

/** Runs a verb's phases in their order; the first that fails ends the run. The one place that applies plans. */
export async function runPhases(phases: readonly Phase[], options: RunOptions): Promise<RunResult> {
  const changes: Change[] = []
  for (const each of phases) changes.push(...(await runPhase(each, options)))
  return { changes }
}

async function runPhase(each: Phase, options: RunOptions): Promise<readonly Change[]> {
  const { reporter, clock, signal, check } = options
  signal.throwIfAborted()
  reporter.report({ kind: 'phase-started', phase: each.title, at: clock.now() })
  try {
    const { changes, apply } = await each.prepare(signal)
    for (const change of changes) reportChange(change, options)
    if (!check && changes.length > 0) await apply(signal)
    const note = check ? undefined : await each.settle?.(signal)
    reporter.report({
      kind: 'phase-ended',
      phase: each.title,
      at: clock.now(),
      outcome: changes.length > 0 ? 'changed' : 'ok',
      ...noteOf(note, changes, check),
    })
    return changes
  } catch (error) {
    reporter.report({ kind: 'phase-ended', phase: each.title, at: clock.now(), outcome: 'failed' })
    throw error
  }
}

function noteOf(
  note: string | undefined,
  changes: readonly Change[],
  check: boolean,
): { readonly note?: string } {
  if (note !== undefined) return { note }
  if (changes.length === 0) return { note: 'nothing to do' }
  return { note: `${countOf(changes.length, 'change')}${check ? ' would be made' : ''}` }
}

function reportChange(change: Change, { reporter, clock, check, diff }: RunOptions): void {
  reporter.report({
    kind: 'change',
    subject: change.subject,
    action: change.action,
    ...(change.message === undefined ? {} : { message: change.message }),
    ...(diff && change.diff !== undefined && change.diff !== '' ? { diff: change.diff } : {}),
    ...(check ? { forecast: true } : {}),
    at: clock.now(),
  })
}
