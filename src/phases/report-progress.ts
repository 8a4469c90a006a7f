import type { Reporter } from '../reporter/types.ts'
import { marathonReason } from '../services/blockers.ts'
import type { MarathonState } from '../services/cluster-state.ts'
import type { ServiceProgress, StepProgress } from '../services/progress.ts'

/** What was told last of each subject, so that only changes are told. */
export type Reported = Map<string, string>

export interface ProgressTeller {
  readonly reporter: Reporter
  readonly reported: Reported
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Tells each step's state when it changes, with what it waits for; and failures of tasks as Marathon words them. */
export function reportProgress(
  progress: readonly ServiceProgress[],
  marathon: MarathonState,
  teller: ProgressTeller,
): void {
  for (const service of progress) {
    for (const step of service.steps) if (step.state !== 'not started') reportStep(step, service, teller)
    if (!service.ready) reportFailure(service.service, marathon, teller)
  }
}

function reportStep(step: StepProgress, service: ServiceProgress, teller: ProgressTeller): void {
  const detail = detailOf(step, service)
  if (!isNews(step.id, `${step.state} ${detail}`, teller)) return
  teller.reporter.report({
    kind: 'state',
    subject: step.id,
    state: step.state,
    ...(detail === '' ? {} : { detail }),
    ...(step.waitingFor.length > 0 ? { waitingFor: step.waitingFor } : {}),
    ...(step.holds ? { final: true } : {}),
    at: teller.at,
  })
}

function reportFailure(service: string, marathon: MarathonState, teller: ProgressTeller): void {
  const app = marathon.apps.get(service)
  const text = marathonReason(app, undefined)
  if (text === undefined || !isNews(`${service} failure`, app?.lastTaskFailure?.taskId ?? '', teller)) return
  teller.reporter.report({ kind: 'message', level: 'warning', text: `${service}: ${text}`, at: teller.at })
}

function isNews(subject: string, text: string, { reported }: ProgressTeller): boolean {
  if (reported.get(subject) === text) return false
  reported.set(subject, text)
  return true
}

function detailOf(step: StepProgress, service: ServiceProgress): string {
  if (step.waitingFor.length > 0) return `for ${step.waitingFor.join(', ')}`
  if (step.error !== undefined) return step.error
  if (step.detail !== undefined) return step.detail
  const several = step.id.endsWith('/daemon') && service.instances > 1
  return several ? `${service.registered} of ${service.instances}` : ''
}
