import { UsageError } from '../kernel/errors.ts'
import { nearest } from '../kernel/nearest.ts'
import type { RunSummary } from '../reporter/run-summary.ts'
import { usageFault } from './options.ts'

/** The run that a word means, of names with the latest first. Throws UsageError with those it may have meant. */
export function chooseRun(word: string | undefined, names: readonly string[], folder: string): string {
  const hint = 'see them with: kmesos runs list'
  const [latest] = names
  if (latest === undefined) {
    throw new UsageError(`there are no runs in ${folder}`, {
      hint: 'go to the folder in which kmesos ran; bootstrap, play, deploy and destroy leave their runs there',
    })
  }
  if (word === undefined) return latest
  if (names.includes(word)) return word
  const fitting = names.filter((name) => name.startsWith(word))
  const [only] = fitting
  if (only !== undefined && fitting.length === 1) return only
  if (fitting.length > 1) {
    const shown = fitting.slice(0, 3).join(', ')
    throw new UsageError(
      `${fitting.length} runs begin with "${word}": ${shown}${fitting.length > 3 ? ', …' : ''}`,
      {
        hint,
      },
    )
  }
  const near = nearest(word, names)
  throw new UsageError(`there is no run "${word}"${near === undefined ? '' : `; did you mean "${near}"?`}`, {
    hint,
  })
}

interface Pruning {
  readonly keep: number | undefined
  /** `7d` */
  readonly olderThan: string | undefined
  readonly now: number
}

/** Which runs stay, of runs with the latest first. Throws UsageError where nothing says which. */
export function keptRuns(
  runs: readonly RunSummary[],
  { keep, olderThan, now }: Pruning,
): readonly RunSummary[] {
  if (keep === undefined && olderThan === undefined) {
    throw usageFault('kmesos runs prune needs --keep N or --older-than AGE', 'runs prune')
  }
  const oldest = olderThan === undefined ? -Infinity : now - ageOf(olderThan)
  return runs.filter((run, index) => {
    if (run.verdict === 'running') return true
    return index < (keep ?? Infinity) && run.startedAt >= oldest
  })
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

function ageOf(text: string): number {
  const [, count, unit = ''] = /^(\d+)([mhdw])$/.exec(text) ?? []
  const ms = unitMs[unit]
  if (count === undefined || ms === undefined) {
    throw usageFault(
      `--older-than must be a number with m (minutes), h, d or w behind it; got "${text}"`,
      'runs prune',
    )
  }
  return Number(count) * ms
}
