import { join } from 'node:path'
import type { HostRecap, RunEvent } from '../../../src/reporter/types.ts'
import { tryRun } from '../../lab/run-command.ts'
import type { Counts, RunOutcome, TaskOutcome } from './outcome.ts'

/** One run of one program. */
export interface DialectRun {
  /** Holds site.yml and all that it needs. */
  readonly folder: string
  /** Home of whoever runs it: no configuration of this machine is seen. */
  readonly home: string
  readonly inventories: readonly string[]
  readonly arguments: readonly string[]
  readonly signal: AbortSignal
}

const program = join(import.meta.dirname, '../../../dist/kmesos.js')

/** Runs the bundled program; its JSON events tell what happened. */
export async function runKmesos(run: DialectRun): Promise<RunOutcome> {
  const inventories = run.inventories.flatMap((file) => ['-i', file])
  const words = ['play', 'site.yml', ...inventories, ...run.arguments, '--output', 'json']
  const { code, stdout, stderr } = await tryRun([process.execPath, program, ...words], {
    cwd: run.folder,
    env: { PATH: process.env['PATH'], HOME: run.home, LANG: 'C.UTF-8' },
    signal: run.signal,
  })
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as RunEvent)
  const recaps = events.flatMap((event) => (event.kind === 'recap' ? event.hosts : []))
  return {
    code,
    recap: Object.fromEntries(recaps.map((recap) => [recap.host, countsOf(recap, events)])),
    tasks: events.flatMap(taskOutcome),
    said: [...events.flatMap(explanation), stderr].join('\n'),
  }
}

function taskOutcome(event: RunEvent): readonly TaskOutcome[] {
  if (event.kind !== 'task-result') return []
  const { host, task, status, message } = event
  return [{ host, task, status, ...(message === undefined ? {} : { message }) }]
}

function explanation(event: RunEvent): readonly string[] {
  if (event.kind === 'message') return [event.text]
  if (event.kind === 'error') return [[event.message, event.detail, event.hint].filter(Boolean).join('\n')]
  if (event.kind !== 'task-result' || (event.status !== 'failed' && event.status !== 'unreachable')) return []
  return [[`${event.host} ${event.task}: ${event.message}`, event.detail].filter(Boolean).join('\n')]
}

/** In Ansible, what changed and what was ignored counts as ok too; we count a task that is both in both. */
function countsOf(recap: HostRecap, events: readonly RunEvent[]): Counts {
  return {
    ok: recap.ok + recap.changed + recap.ignored - ignoredChanges(recap.host, events),
    changed: recap.changed,
    skipped: recap.skipped,
    failed: recap.failed,
    rescued: recap.rescued,
    ignored: recap.ignored,
    unreachable: recap.unreachable ? 1 : 0,
  }
}

/** Tasks of a host that were ignored and have changed something, be it in different items of a loop. */
function ignoredChanges(host: string, events: readonly RunEvent[]): number {
  let count = 0
  let seen = { ignored: false, changed: false }
  for (const event of events) {
    if (event.kind !== 'task-result' || event.host !== host) continue
    seen.ignored ||= event.status === 'ignored'
    seen.changed ||= event.status === 'changed' || event.changed === true
    if (event.item) continue
    if (seen.ignored && seen.changed) count++
    seen = { ignored: false, changed: false }
  }
  return count
}
