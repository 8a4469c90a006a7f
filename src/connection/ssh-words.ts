/** Words of a line of ssh_config, cut as OpenSSH's own two cutters do it. */

/** The first word and what follows; at a blank or one `=`, with double quotes. Undefined where a quote stays open. */
export function cutWord(text: string): { readonly word: string; readonly rest: string } | undefined {
  const at = text.search(/[ \t\r\n"=]/)
  if (at < 0) return { word: text, rest: '' }
  if (text[at] === '"') {
    const close = text.indexOf('"', at + 1)
    if (close < 0) return undefined
    return {
      word: text.slice(0, at) + text.slice(at + 1, close),
      rest: text.slice(close + 1).replace(/^[ \t\r\n]+/, ''),
    }
  }
  const after = text.slice(at + 1).replace(/^[ \t\r\n]+/, '')
  const skip = text[at] !== '=' && after.startsWith('=')
  return { word: text.slice(0, at), rest: skip ? after.slice(1).replace(/^[ \t\r\n]+/, '') : after }
}

const escapable = new Set(["'", '"', '\\'])

/** All words: single and double quotes, a backslash before a quote, a backslash or a blank; `#` at a word's beginning ends. */
export function cutWords(text: string): readonly string[] | undefined {
  const words: string[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ' ' || text[at] === '\t') continue
    if (text[at] === '#') break
    const cut = cutOne(text, at)
    if (cut === undefined) return undefined
    words.push(cut.word)
    at = cut.end
  }
  return words
}

function cutOne(text: string, from: number): { readonly word: string; readonly end: number } | undefined {
  let word = ''
  let quote = ''
  let at = from
  for (; at < text.length; at++) {
    const letter = text.charAt(at)
    const next = text.charAt(at + 1)
    if (letter === '\\' && (escapable.has(next) || (quote === '' && next === ' '))) word += text.charAt(++at)
    else if (quote === '' && (letter === ' ' || letter === '\t')) break
    else if (quote === '' && (letter === '"' || letter === "'")) quote = letter
    else if (quote !== '' && letter === quote) quote = ''
    else word += letter
  }
  return quote === '' ? { word, end: at } : undefined
}
