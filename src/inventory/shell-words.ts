/** The words of a line as Python's `shlex.split(line, comments=True)` gives them, or why there are none. */
export type WordsResult = { readonly words: readonly string[] } | { readonly fault: string }

/** Splits like a POSIX shell: quotes, backslashes, and, where asked for, `#` comments at a word's begin or inside of it. */
export function splitWords(line: string, options: { readonly comments: boolean }): WordsResult {
  const words: string[] = []
  let word: string | undefined
  let at = 0
  while (at < line.length) {
    const letter = line.charAt(at)
    if (isBlank(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
      at++
    } else if (letter === '#' && options.comments) {
      break
    } else if (letter === "'" || letter === '"') {
      const quoted = readQuoted(line, at)
      if (quoted === undefined) return { fault: 'No closing quotation' }
      word = (word ?? '') + quoted.text
      at = quoted.next
    } else if (letter === '\\') {
      if (at + 1 >= line.length) return { fault: 'No escaped character' }
      word = (word ?? '') + line.charAt(at + 1)
      at += 2
    } else {
      word = (word ?? '') + letter
      at++
    }
  }
  if (word !== undefined) words.push(word)
  return { words }
}

function readQuoted(line: string, start: number): { text: string; next: number } | undefined {
  const quote = line.charAt(start)
  let text = ''
  for (let at = start + 1; at < line.length; at++) {
    const letter = line.charAt(at)
    if (letter === quote) return { text, next: at + 1 }
    const following = line.charAt(at + 1)
    // Inside of double quotes shlex takes a backslash away only before a quote or another backslash.
    if (letter === '\\' && quote === '"' && (following === '"' || following === '\\')) {
      text += following
      at++
    } else {
      text += letter
    }
  }
  return undefined
}

function isBlank(letter: string): boolean {
  return letter === ' ' || letter === '\t' || letter === '\r' || letter === '\n'
}
