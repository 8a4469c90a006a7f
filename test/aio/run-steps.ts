import { systemClock } from '../../src/kernel/clock.ts'
import { KmesosError, messageOf } from '../../src/kernel/errors.ts'
import { steps, type Step, type StepContext, type StepResult } from './steps.ts'

export interface DoneStep extends StepResult {
  readonly title: string
  readonly ms: number
}

/** Runs all steps in order, each a phase on the screen. The error of a step that fails names the step and the way out. */
export async function runSteps(context: Omit<StepContext, 'say'>): Promise<readonly DoneStep[]> {
  const done: DoneStep[] = []
  for (const step of steps) done.push(await runStep(step, context))
  return done
}

async function runStep(step: Step, context: Omit<StepContext, 'say'>): Promise<DoneStep> {
  const { reporter, signal } = context
  signal.throwIfAborted()
  const { title } = step
  const startedAt = systemClock.now()
  const say = (text: string): void =>
    reporter.report({ kind: 'message', level: 'info', text, at: systemClock.now() })
  reporter.report({ kind: 'phase-started', phase: title, at: startedAt })
  try {
    const result = await step.run({ ...context, say })
    const at = systemClock.now()
    const outcome = result.changed ? 'changed' : 'ok'
    reporter.report({ kind: 'phase-ended', phase: title, at, outcome, note: result.note })
    return { title, ms: at - startedAt, ...result }
  } catch (error) {
    reporter.report({ kind: 'phase-ended', phase: title, at: systemClock.now(), outcome: 'failed' })
    throw signal.aborted ? signal.reason : named(step, error)
  }
}

/** The same error, with the step before its message and a way out where it had none. */
function named(step: Step, error: unknown): unknown {
  if (!(error instanceof KmesosError)) return error
  const { detail, hint = step.wayOut } = error
  const Kind = error.constructor as new (message: string, options: object) => KmesosError
  const message = `${step.title}: ${messageOf(error)}`
  // ConfigError's second parameter is its list of problems, which are in the detail already.
  return Object.assign(new KmesosError(message, { cause: error, detail, hint }), {
    name: Kind.name,
    exitCode: error.exitCode,
  })
}
