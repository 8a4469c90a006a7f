import type { BlockerLink } from './blockers.ts'
import type { StepProgress } from './progress.ts'

/** A root blocker that is just being tried again says nothing of its own: with why it failed the time before, and its lines. */
export function recallFailure(link: BlockerLink, failed: StepProgress | undefined): BlockerLink {
  if (failed?.error === undefined || link.why.includes(failed.error)) return link
  const since = failed.since === undefined ? '' : ` at ${failed.since}`
  const log = link.log ?? failed.log
  const why = `${link.why}; the time before it failed${since}: ${failed.error}`
  return { ...link, why, ...(log === undefined ? {} : { log }) }
}
