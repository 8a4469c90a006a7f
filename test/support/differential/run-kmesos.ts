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
    recap: Object.fromEntries(recaps.map((recap) => [recap.host, countsOf(recap)])),
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

/** In Ansible, what changed and what was ignored counts as ok too. */
function countsOf(recap: HostRecap): Counts {
  return {
    ok: recap.ok + recap.changed + recap.ignored,
    changed: recap.changed,
    skipped: recap.skipped,
    failed: recap.failed,
    rescued: (recap as { readonly rescued?: number }).rescued ?? 0,
    ignored: recap.ignored,
    unreachable: recap.unreachable ? 1 : 0,
  }
}
