import { readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { readJournal } from './run-journal.ts'
import { isRunName, summarizeRun, summaryKinds, type RunSummary } from './run-summary.ts'
import type { RunEvent } from './types.ts'

/** Names of the runs in `.kmesos/runs`, the latest first; none where no run has left anything. */
export function loadRunNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isRunName).sort(byAge).reverse()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The second run of one second, `….2`, comes before its tenth. */
function byAge(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** What the journal of a run says; what cannot be read any more is left out. */
export function loadRun(folder: string, run: string): RunSummary {
  return summarizeRun(run, eventsOf(join(folder, run, 'journal.jsonl')), isAlive)
}

function eventsOf(file: string): readonly RunEvent[] {
  try {
    return readJournal(file, summaryKinds)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Of another machine that shares the folder nothing is known; its run counts as alive until it has ended. */
function isAlive(pid: number, by: string): boolean {
  if (!by.endsWith(`@${hostname()}`)) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

export function removeRun(folder: string, run: string): void {
  rmSync(join(folder, run), { recursive: true, force: true })
}
