import { join } from 'node:path'
import { abbreviateHosts } from './abbreviate-hosts.ts'
import { formatDuration } from './format-duration.ts'
import { formatTable } from './format-table.ts'
import type { Paint } from './paint.ts'
import type { RunSummary } from './run-summary.ts'
import { printable } from './screen-text.ts'

/** More parts of names than this are counted. */
const mostNamed = 6

/** `kmesos runs list`: one line per run. */
export function formatRuns(runs: readonly RunSummary[], paint: Paint): readonly string[] {
  const heads = ['RUN', 'WHO', 'TOOK', 'VERDICT', 'FAILED HOSTS']
  const rows = runs.map((run) => [
    run.run,
    run.by ?? '-',
    tookOf(run),
    verdictOf(run),
    abbreviateHosts(run.failedHosts, mostNamed),
  ])
  const [head = '', ...lines] = formatTable(heads, rows)
  return [head, ...lines.map((line, index) => colored(line, runs[index], paint))]
}

/** `kmesos runs show`: one run, and where more of it is. `folder`: of the run. */
export function formatRun(run: RunSummary, folder: string, files: readonly string[]): readonly string[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['run', run.run],
    ['command', run.command ?? `kmesos ${run.verb}`],
    ['who', run.by],
    ['started', isoTime(run.startedAt)],
    ['ended', run.endedAt === undefined ? undefined : `${isoTime(run.endedAt)} (${tookOf(run)})`],
    ['verdict', verdictOf(run) + (run.exitCode ? `, exit code ${run.exitCode}` : '')],
    ['hosts', run.hosts === 0 ? undefined : `${run.hosts}, ${run.failedHosts.length} failed`],
    ['failed', run.failedHosts.length === 0 ? undefined : abbreviateHosts(run.failedHosts)],
    ['error', run.error],
    ['hint', run.hint],
    ...files.map((name) => [fileWords[name] ?? name, join(folder, name)] as const),
  ]
  const known = rows.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value = '']) => `${name.padEnd(width)}  ${printable(value)}`)
}

const fileWords: Readonly<Record<string, string>> = {
  'run.log': 'log',
  'journal.jsonl': 'journal',
  'timeline.html': 'timeline',
  'failed-hosts': '--limit',
}

function tookOf({ startedAt, endedAt }: RunSummary): string {
  return endedAt === undefined ? '-' : formatDuration(endedAt - startedAt)
}

function verdictOf({ verdict, check }: RunSummary): string {
  if (!check) return verdict
  return verdict === 'changed' ? 'would change' : `${verdict} (check)`
}

function isoTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

function colored(line: string, run: RunSummary | undefined, paint: Paint): string {
  if (run?.verdict === 'failed') return paint.red(line)
  return run?.verdict === 'unfinished' || run?.verdict === 'interrupted' ? paint.yellow(line) : line
}
