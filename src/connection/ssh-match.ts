import { cutWord } from './ssh-words.ts'

const lonely = ['all', 'canonical', 'final'] as const
const withPatterns = ['host', 'originalhost', 'user', 'localuser', 'exec', 'tagged'] as const
const names = [...lonely, ...withPatterns]

/** One condition of a Match line. */
export interface Criterion {
  readonly name: (typeof names)[number]
  readonly negated: boolean
  /** For `exec`: the one command. */
  readonly patterns: readonly string[]
}

/** Reads what follows `Match`. */
export function parseMatch(
  text: string,
): { readonly criteria: readonly Criterion[] } | { readonly fault: string } {
  const criteria: Criterion[] = []
  let rest = text
  while (rest !== '' && !rest.startsWith('#')) {
    const cut = cutWord(rest)
    if (cut === undefined) return { fault: 'Match: a quote is not closed' }
    const bare = cut.word.replace(/^!/, '').toLowerCase()
    const name = names.find((known) => known === bare)
    if (name === undefined) return { fault: `Match ${bare} is not supported; known are ${names.join(', ')}` }
    const value = isLonely(name) ? { word: '', rest: cut.rest } : cutWord(cut.rest)
    if (value === undefined) return { fault: 'Match: a quote is not closed' }
    if (!isLonely(name) && (value.word === '' || value.word.startsWith('#')))
      return { fault: `Match ${name} needs a pattern` }
    const patterns = name === 'exec' ? [value.word] : value.word.split(',')
    criteria.push({ name, negated: cut.word.startsWith('!'), patterns: isLonely(name) ? [] : patterns })
    rest = value.rest
  }
  if (criteria.length === 0) return { fault: 'Match has no condition' }
  const all = criteria.findIndex(({ name }) => name === 'all')
  // OpenSSH lets one other condition stand before it.
  if (all >= 0 && (all > 1 || all < criteria.length - 1))
    return { fault: "'all' cannot be combined with other conditions of Match" }
  return { criteria }
}

function isLonely(name: Criterion['name']): boolean {
  return (lonely as readonly string[]).includes(name)
}
