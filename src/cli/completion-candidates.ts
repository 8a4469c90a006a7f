import { join } from 'node:path'
import { completeWords, lastPartOf } from './complete-words.ts'

/** Words that may stand for the last one; an inventory that cannot be read offers none: this is no place for errors. */
export async function candidatesFor(words: readonly string[]): Promise<readonly string[]> {
  const { verbs } = await import('./verbs.ts')
  const { candidates, hostsOf, runs } = completeWords(words, verbs)
  if (runs) return runNames(words.at(-1) ?? '')
  if (!hostsOf) return candidates
  const given = process.env['KMESOS_INVENTORY']
  const sources = hostsOf.length > 0 || !given ? hostsOf : given.split(',')
  const [before, start] = lastPartOf(words.at(-1) ?? '')
  const names = await namesIn(sources)
  return names.filter((name) => name.startsWith(start)).map((name) => before + name)
}

async function runNames(start: string): Promise<readonly string[]> {
  try {
    const { loadRunNames } = await import('../reporter/load-runs.ts')
    return loadRunNames(join(process.cwd(), '.kmesos', 'runs')).filter((name) => name.startsWith(start))
  } catch {
    return []
  }
}

/** A press of TAB on a large inventory must not flood the terminal. */
const mostNames = 1_000

async function namesIn(sources: readonly string[]): Promise<readonly string[]> {
  if (sources.length === 0) return []
  try {
    const { loadInventory } = await import('../inventory/load-inventory.ts')
    const { groups, hosts } = await loadInventory(sources, {})
    return [...groups.keys(), ...hosts.keys()].slice(0, mostNames)
  } catch {
    return []
  }
}
