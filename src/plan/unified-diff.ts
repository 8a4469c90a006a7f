/** Above this the quadratic comparison costs too much; only sizes are told. */
const largestLines = 2_000
const contextLines = 3

type Edit = { readonly sign: ' ' | '-' | '+'; readonly line: string }

/** Unified diff of two texts, empty when they are equal. */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return ''
  const [a, b] = [linesOf(before), linesOf(after)]
  const head = `--- ${name} (now)\n+++ ${name} (wanted)\n`
  if (a.length > largestLines || b.length > largestLines)
    return `${head}@@ ${a.length} lines became ${b.length} @@\n`
  return head + hunksOf(editsOf(a, b))
}

function linesOf(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  else lines.push(`${lines.pop()}\n\\ No newline at end of file`)
  return lines
}

/** Longest common subsequence by table; what both ends share is cut off first. */
function editsOf(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const same = (line: string): Edit => ({ sign: ' ', line })
  return [
    ...a.slice(0, head).map(same),
    ...middleEdits(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ]
}

function middleEdits(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const width = b.length + 1
  const longest = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const edits: Edit[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ sign: ' ', line: a[i++] as string })
      j++
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) {
      edits.push({ sign: '-', line: a[i++] as string })
    } else {
      edits.push({ sign: '+', line: b[j++] as string })
    }
  }
  return edits
}

function hunksOf(edits: readonly Edit[]): string {
  const near = edits.map((_, index) =>
    edits
      .slice(Math.max(0, index - contextLines), index + contextLines + 1)
      .some((other) => other.sign !== ' '),
  )
  let text = ''
  let [oldLine, newLine] = [1, 1]
  for (let index = 0; index < edits.length;) {
    let end = index
    while (end < edits.length && near[end] === near[index]) end++
    const part = edits.slice(index, end)
    const [olds, news] = [
      part.filter((e) => e.sign !== '+').length,
      part.filter((e) => e.sign !== '-').length,
    ]
    if (near[index]) {
      text += `@@ -${rangeOf(oldLine, olds)} +${rangeOf(newLine, news)} @@\n`
      text += part.map((edit) => `${edit.sign}${edit.line}\n`).join('')
    }
    oldLine += olds
    newLine += news
    index = end
  }
  return text
}

function rangeOf(start: number, count: number): string {
  return count === 1 ? `${start}` : `${count === 0 ? start - 1 : start},${count}`
}
