/**
 * The known word nearest to a wrong one, or undefined when none is near enough (more than a third of the letters differ).
 * Swapped neighbours count as one difference (optimal string alignment). `most`: differences that are near enough.
 */
export function nearest(
  word: string,
  known: Iterable<string>,
  most = Math.max(1, Math.floor(word.length / 3)),
): string | undefined {
  let best: string | undefined
  let bestDistance = most + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `unknown key "dest2"; did you mean "dest"?` or, with nothing near, the known ones. */
export function unknownWord(kind: string, word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  if (near !== undefined) return `unknown ${kind} "${word}"; did you mean "${near}"?`
  return known.length > 0
    ? `unknown ${kind} "${word}"; known are ${[...known].sort().join(', ')}`
    : `unknown ${kind} "${word}"`
}

function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = cell(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let value = Math.min(cell(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, cell(rows, i - 2, j - 2) + 1)
      }
      row.push(value)
    }
    rows.push(row)
  }
  return cell(rows, a.length, b.length)
}

function cell(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0
}
