/** A list of patterns holds when one matches and no negated one does. */
export function matchesList(text: string, patterns: readonly string[]): boolean {
  let found = false
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!')
    if (!matchesGlob(text, negated ? pattern.slice(1) : pattern)) continue
    if (negated) return false
    found = true
  }
  return found
}

/** As matchesList, for names of hosts: case does not count. */
export function matchesHostList(host: string, patterns: readonly string[]): boolean {
  return matchesList(
    host.toLowerCase(),
    patterns.map((pattern) => pattern.toLowerCase()),
  )
}

/** `*` and `?` only. Goes back to the last `*` alone, so no pattern takes more than its length times the text's. */
export function matchesGlob(text: string, pattern: string): boolean {
  let at = 0
  let place = 0
  let star = -1
  let retry = 0
  while (at < text.length) {
    if (pattern[place] === '*') {
      star = place++
      retry = at
    } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === text[at])) {
      place++
      at++
    } else if (star >= 0) {
      place = star + 1
      at = ++retry
    } else {
      return false
    }
  }
  while (pattern[place] === '*') place++
  return place === pattern.length
}
