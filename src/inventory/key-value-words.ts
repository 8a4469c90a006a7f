/** What `-e` and free-form arguments hold: `k=v k2='v 2'`, read as Ansible's parse_kv and split_args do. */
export type KeyValueResult =
  { readonly pairs: readonly (readonly [string, string])[] } | { readonly fault: string }

/** Reads the words; a value is a text, one pair of quotes around it is taken off, `\n` and the like mean what they say. */
export function parseKeyValues(text: string): KeyValueResult {
  const words = splitArguments(text)
  if (words === undefined) return { fault: 'no closing quotation, or a template that is not closed' }
  const pairs: (readonly [string, string])[] = []
  for (const word of words) {
    const plain = decodeEscapes(word)
    const equals = equalsIn(plain)
    if (equals < 0) return { fault: `expected key=value, got "${word}"` }
    pairs.push([plain.slice(0, equals).trim(), unquote(plain.slice(equals + 1).trim())])
  }
  return { pairs }
}

/** The first `=` after the first letter that no backslash protects. */
function equalsIn(word: string): number {
  for (let at = word.indexOf('=', 1); at >= 0; at = word.indexOf('=', at + 1))
    if (word.charAt(at - 1) !== '\\') return at
  return -1
}

function unquote(text: string): string {
  const quote = text.charAt(0)
  const isQuoted =
    text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote) && text.at(-2) !== '\\'
  return isQuoted ? text.slice(1, -1) : text
}

const blocks = [
  ['{{', '}}'],
  ['{%', '%}'],
  ['{#', '#}'],
  // Our own templates.
  ['<%', '%>'],
] as const

/** Parts at blanks outside of quotes and templates; undefined where one of them is not closed. */
function splitArguments(text: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  const depth = blocks.map(() => 0)
  for (const token of text.split(/([ \n]+)/)) {
    const inside = quote !== '' || depth.some((count) => count > 0)
    if (/^[ \n]*$/.test(token)) {
      if (inside) word = (word ?? '') + token
      else if (word !== undefined) {
        words.push(word)
        word = undefined
      }
      continue
    }
    if (token === '\\' && !inside) continue
    word = (word ?? '') + token
    quote = quoteAfter(token, quote)
    blocks.forEach(([open, close], index) => {
      const change = countOf(token, open) - countOf(token, close)
      depth[index] = Math.max(0, (depth[index] ?? 0) + change)
    })
  }
  if (word !== undefined) words.push(word)
  return quote !== '' || depth.some((count) => count > 0) ? undefined : words
}

function quoteAfter(token: string, before: string): string {
  let quote = before
  for (let at = 0; at < token.length; at++) {
    const letter = token.charAt(at)
    if ((letter !== '"' && letter !== "'") || token.charAt(at - 1) === '\\') continue
    if (quote === '') quote = letter
    else if (quote === letter) quote = ''
  }
  return quote
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1
}

const escapePattern = /\\(?:U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\\'"abfnrtv])/g
const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function decodeEscapes(text: string): string {
  return text.replace(escapePattern, (whole) => {
    const letter = whole.charAt(1)
    if (whole.length === 2) return letters[letter] ?? letter
    const code = Number.parseInt(whole.slice(2), 16)
    return code > 0x10ffff ? whole : String.fromCodePoint(code)
  })
}
