import type { HostRecap, RunEvent } from './types.ts'

/** `unfinished`: it was killed, or its disk was full before its end. */
export type Verdict = 'ok' | 'changed' | 'failed' | 'interrupted' | 'running' | 'unfinished'

/** One run as its journal tells it. Times: milliseconds since 1970. */
export interface RunSummary {
  /** The name of its folder. */
  readonly run: string
  readonly verb: string
  readonly check: boolean
  /** user@host; runs of older versions do not tell. */
  readonly by?: string
  readonly command?: string
  readonly startedAt: number
  readonly endedAt?: number
  readonly verdict: Verdict
  readonly exitCode?: number
  readonly hosts: number
  readonly failedHosts: readonly string[]
  readonly error?: string
  readonly hint?: string
}

/** What a summary is made of; the other lines of a journal need not be read. */
export const summaryKinds: readonly RunEvent['kind'][] = ['run-started', 'recap', 'error', 'run-ended']

/** `alive`: whether the process that wrote it is still there. */
export function summarizeRun(
  run: string,
  events: readonly RunEvent[],
  alive: (pid: number, by: string) => boolean,
): RunSummary {
  const started = events.find((event) => event.kind === 'run-started')
  const ended = events.find((event) => event.kind === 'run-ended')
  const error = events.find((event) => event.kind === 'error')
  const recaps = events.flatMap((event) => (event.kind === 'recap' ? event.hosts : []))
  const { by, pid, command } = started ?? {}
  const isAlive = by !== undefined && pid !== undefined && alive(pid, by)
  return {
    run,
    verb: started?.verb ?? verbOf(run),
    check: started?.check ?? false,
    ...(by === undefined ? {} : { by }),
    ...(command === undefined ? {} : { command }),
    startedAt: started?.at ?? timeOf(run),
    ...(ended ? { endedAt: ended.at, exitCode: ended.exitCode } : {}),
    verdict: ended ? verdictOf(ended) : isAlive ? 'running' : 'unfinished',
    hosts: new Set(recaps.map(({ host }) => host)).size,
    failedHosts: [...new Set(recaps.filter(hasFailed).map(({ host }) => host))],
    ...(error ? { error: error.message } : {}),
    ...(error?.hint === undefined ? {} : { hint: error.hint }),
  }
}

function hasFailed(recap: HostRecap): boolean {
  return recap.failed > 0 || recap.unreachable
}

function verdictOf({ exitCode, changed }: Extract<RunEvent, { kind: 'run-ended' }>): Verdict {
  if (exitCode === 130 || exitCode === 143) return 'interrupted'
  // 10: --check --detailed-exitcode found changes.
  if (exitCode !== 0 && exitCode !== 10) return 'failed'
  return changed ? 'changed' : 'ok'
}

/** `20260131T120000-password-init.2` */
const runName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-(.+?)(?:\.\d+)?$/

export function isRunName(name: string): boolean {
  return runName.test(name)
}

function verbOf(run: string): string {
  return (runName.exec(run)?.[7] ?? '').replaceAll('-', ' ')
}

function timeOf(run: string): number {
  const [, year, month, day, hour, minute, second] = runName.exec(run) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
