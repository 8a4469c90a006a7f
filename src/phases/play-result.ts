import type { StepOutput } from '../plan/program-reader.ts'
import type { TaskPlan } from '../plan/types.ts'
import { overlay } from '../playbook/context.ts'
import type { TaskStatus } from '../reporter/types.ts'
import { holds } from './play-conditions.ts'
import type { Unit } from './play-unit.ts'

/** What `register` holds, and what conditions see as `result`. */
export interface UnitResult {
  readonly changed: boolean
  readonly failed: boolean
  readonly skipped?: boolean
  readonly msg: string
  readonly [more: string]: unknown
}

export interface Judged {
  readonly status: Exclude<TaskStatus, 'unreachable'>
  readonly result: UnitResult
  readonly message: string
  readonly detail?: string
  readonly diff?: string
  readonly forecast?: boolean
}

export function skippedResult(reason: string, more?: TaskPlan['result']): Judged {
  return {
    status: 'skipped',
    message: reason,
    result: { changed: false, failed: false, skipped: true, msg: reason, skip_reason: reason, ...more },
  }
}

/** A fault of ours or of the user's files: nothing ran. */
export function failedResult(message: string, detail?: string): Judged {
  return {
    status: 'failed',
    message,
    ...(detail === undefined ? {} : { detail }),
    result: { changed: false, failed: true, msg: message },
  }
}

/** The result of a plan that was applied (`output`), had nothing to apply, or was only foreseen (check mode). */
export function judge(
  unit: Unit,
  plan: TaskPlan,
  how: { readonly output?: StepOutput; readonly forecast?: boolean },
): Judged {
  if (plan.skipped) return skippedResult(plan.message, plan.result)
  const raw = rawResult(unit, plan, how)
  // A foreseen result has no output: conditions on it would judge what did not happen.
  const final = plan.actions.length > 0 && !how.output ? raw : withConditions(unit, raw)
  const failed = final.failed
  const status = failed ? (unit.ignoreErrors ? 'ignored' : 'failed') : final.changed ? 'changed' : 'ok'
  const detail = failed && how.output ? lastLines(how.output) : failed ? plan.hint : undefined
  return {
    status,
    result: final,
    message: failed ? failureMessage(plan, how.output, final) : plan.message,
    ...(detail === undefined ? {} : { detail }),
    ...(plan.diff === undefined ? {} : { diff: plan.diff }),
    ...(how.forecast ? { forecast: true } : {}),
  }
}

function rawResult(unit: Unit, plan: TaskPlan, how: { readonly output?: StepOutput }): UnitResult {
  const { output } = how
  const base = {
    changed:
      plan.changed && (output === undefined || output.exitCode === 0 || unit.module.keepsOutput === true),
    failed: plan.failed === true || (output !== undefined && output.exitCode !== 0),
    msg: plan.message,
    ...plan.result,
  }
  const told = output && unit.module.result ? unit.module.result(unit.params, output) : {}
  if (!unit.module.keepsOutput) return { ...base, ...told }
  const { stdout, stderr, exitCode } = output ?? { stdout: '', stderr: '', exitCode: 0 }
  return {
    ...base,
    rc: exitCode,
    stdout,
    stderr,
    stdout_lines: linesOf(stdout),
    stderr_lines: linesOf(stderr),
    ...told,
  }
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split('\n')
}

function withConditions(unit: Unit, raw: UnitResult): UnitResult {
  const { task } = unit
  if (!task.failedWhen && !task.changedWhen) return raw
  const context = resultContext(unit, raw)
  const failed = task.failedWhen
    ? task.failedWhen.every((condition) => holds(condition, context))
    : raw.failed
  const changed = task.changedWhen
    ? task.changedWhen.every((condition) => holds(condition, context))
    : raw.changed
  return { ...raw, failed, changed }
}

/** True when `until` is satisfied, or there is none. */
export function isDone(unit: Unit, judged: Judged): boolean {
  const { until } = unit.task
  if (!until) return true
  const context = resultContext(unit, judged.result)
  return until.every((condition) => holds(condition, context))
}

export function withAttempts(judged: Judged, attempts: number): Judged {
  return { ...judged, result: { ...judged.result, attempts } }
}

/** `until` never held: the task fails, whatever its last try said. Ansible counts the retries, not the first try. */
export function outOfTries(unit: Unit, judged: Judged, retries: number): Judged {
  const result = { ...judged.result, failed: true, attempts: retries }
  if (judged.result.failed) return { ...judged, result }
  const message = `until does not hold after ${retries} retries: ${judged.message}`
  return { ...judged, status: unit.ignoreErrors ? 'ignored' : 'failed', message, result }
}

function resultContext(unit: Unit, result: UnitResult): ReturnType<typeof overlay> {
  const name = unit.task.register
  return overlay(unit.context, { result, ...(name === undefined ? {} : { [name]: result }) })
}

function failureMessage(plan: TaskPlan, output: StepOutput | undefined, final: UnitResult): string {
  if (!output || plan.failed) return plan.message
  if (output.exitCode === 0) return `failed_when holds after: ${plan.message}`
  return `${plan.message}: exit code ${String(final['rc'] ?? output.exitCode)}`
}

/** Lines of the failure's evidence: stderr, or stdout where a program writes its errors there. */
const shownLines = 20

function lastLines(output: StepOutput): string {
  const text = output.stderr.trim() === '' ? output.stdout : output.stderr
  return text.trim().split('\n').slice(-shownLines).join('\n')
}

/** The registered value of a loop. */
export function loopResult(results: readonly (UnitResult & { readonly item?: unknown })[]): UnitResult {
  const failed = results.some((result) => result.failed)
  return {
    changed: results.some((result) => result.changed),
    failed,
    skipped: results.length > 0 && results.every((result) => result.skipped === true),
    msg: failed ? 'one or more items failed' : 'all items completed',
    results,
  }
}
