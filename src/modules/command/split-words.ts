/** Splits a command line into words as a shell would, without expanding anything. Throws on an open quote. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] as string
    if (quote !== '') {
      if (letter === quote) quote = ''
      else if (letter === '\\' && quote === '"' && '"\\'.includes(text[at + 1] ?? ' '))
        word = `${word}${text[++at]}`
      else word = `${word}${letter}`
    } else if (letter === '"' || letter === "'") {
      quote = letter
      word ??= ''
    } else if (letter === '\\' && at + 1 < text.length) {
      word = `${word ?? ''}${text[++at]}`
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = `${word ?? ''}${letter}`
    }
  }
  if (quote !== '') throw new Error(`a ${quote} is never closed`)
  if (word !== undefined) words.push(word)
  return words
}
