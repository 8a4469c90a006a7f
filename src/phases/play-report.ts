import { KmesosError, messageOf } from '../kernel/errors.ts'
import type { Clock } from '../kernel/clock.ts'
import type { HostEndedEvent, Reporter, TaskResultEvent } from '../reporter/types.ts'
import type { Judged } from './play-result.ts'

const hidden = 'hidden (no_log)'

/** Tells what happens to one host in one play; every text goes through the redactor. */
export interface PlayReport {
  hostStarted(): void
  hostEnded(outcome: HostEndedEvent['outcome']): void
  started(task: string): void
  output(task: string, line: string, stream: 'stdout' | 'stderr'): void
  result(
    entry: { readonly title: string; readonly startedAt: number },
    judged: Judged & { readonly isItem?: boolean },
    unit: { readonly noLog: boolean; readonly diff: boolean } | undefined,
  ): void
  unreachable(error: Error): void
  broken(error: Error): void
  note(text: string): void
}

export function playReport(
  where: { readonly play: string; readonly host: string },
  tools: { readonly reporter: Reporter; readonly clock: Clock; readonly redact: (text: string) => string },
): PlayReport {
  const { reporter, clock, redact } = tools
  const failure = (status: 'failed' | 'unreachable', error: Error): void =>
    reporter.report({
      ...failureEvent(status, error, redact),
      ...where,
      startedAt: clock.now(),
      at: clock.now(),
    })
  return {
    ...slotReport(where, tools),
    started: (task) =>
      reporter.report({ kind: 'task-started', ...where, task: redact(task), at: clock.now() }),
    output: (task, line, stream) => {
      const text = { task: redact(task), line: redact(line) }
      reporter.report({ kind: 'output', host: where.host, stream, ...text, at: clock.now() })
    },
    result: (entry, judged, unit) =>
      reporter.report({
        kind: 'task-result',
        ...where,
        task: redact(entry.title),
        status: judged.status,
        message: unit?.noLog ? hidden : redact(judged.message),
        ...(judged.detail === undefined ? {} : { detail: unit?.noLog ? hidden : redact(judged.detail) }),
        ...(judged.diff === undefined || !unit?.diff || unit.noLog ? {} : { diff: redact(judged.diff) }),
        ...marksOf(judged),
        startedAt: entry.startedAt,
        at: clock.now(),
      }),
    unreachable: (error) => failure('unreachable', error),
    broken: (error) => failure('failed', error),
    note: (text) =>
      reporter.report({ kind: 'message', level: 'warning', text: redact(text), at: clock.now() }),
  }
}

function marksOf(judged: Judged & { readonly isItem?: boolean }): Partial<TaskResultEvent> {
  return {
    ...(judged.forecast ? { forecast: true } : {}),
    ...(judged.status === 'ignored' && judged.result.changed ? { changed: true } : {}),
    ...(judged.isItem ? { item: true } : {}),
  }
}

/** Who has a slot; the rest of the play's hosts wait for one. */
function slotReport(
  where: { readonly play: string; readonly host: string },
  { reporter, clock }: { readonly reporter: Reporter; readonly clock: Clock },
): Pick<PlayReport, 'hostStarted' | 'hostEnded'> {
  return {
    hostStarted: () => reporter.report({ kind: 'host-started', ...where, at: clock.now() }),
    hostEnded: (outcome) => reporter.report({ kind: 'host-ended', ...where, outcome, at: clock.now() }),
  }
}

type FailureEvent = Pick<TaskResultEvent, 'kind' | 'task' | 'status' | 'message' | 'detail'>

function failureEvent(
  status: 'failed' | 'unreachable',
  error: Error,
  redact: (text: string) => string,
): FailureEvent {
  const hint = error instanceof KmesosError ? [error.detail, error.hint].filter(Boolean).join('\n') : ''
  return {
    kind: 'task-result',
    task: status === 'unreachable' ? 'connect' : 'play',
    status,
    message: redact(messageOf(error)),
    ...(hint === '' ? {} : { detail: redact(hint) }),
  }
}
