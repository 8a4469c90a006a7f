/** A list of patterns holds when one matches and no negated one does. */
export function matchesList(text: string, patterns: readonly string[]): boolean {
  let found = false
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!')
    if (!globPattern(negated ? pattern.slice(1) : pattern).test(text)) continue
    if (negated) return false
    found = true
  }
  return found
}

const globs = new Map<string, RegExp>()

function globPattern(pattern: string): RegExp {
  let known = globs.get(pattern)
  if (!known) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.')
    known = new RegExp(`^${source}$`, 'is')
    globs.set(pattern, known)
  }
  return known
}
