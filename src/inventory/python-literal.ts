/**
 * The value of a text as Python's `ast.literal_eval` reads it (numbers, strings, lists, tuples, sets, dicts, True, False,
 * None), or the text itself where Python would refuse. Ansible reads every INI value so: `0644` stays text, `1_000` is 1000.
 */
export function readIniValue(text: string): unknown {
  if (isPlainWord(text)) return text
  const reader = new LiteralReader(text.replace(/^[ \t]+/, ''))
  try {
    return reader.readAll()
  } catch (error) {
    if (error instanceof NotLiteral) return text
    throw error
  }
}

/** Most values are bare words; these never are a literal, so the reader need not be built. */
function isPlainWord(text: string): boolean {
  return /^[A-Za-z_/~][^'"]*$/.test(text) && !/^(?:True|False|None)\b/.test(text)
}

class NotLiteral extends Error {}
/** One for all: most values of an inventory are texts, and a stack trace each would cost more than reading them. */
const notLiteral = new NotLiteral()

const numberPattern =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)/y
const stringStart = /(?:[rRuUbB]|[rR][bB]|[bB][rR])?('''|"""|'|")/y
const wordPattern = /[A-Za-z_]\w*/y
const maxDepth = 90

class LiteralReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  readAll(): unknown {
    const first = this.#value()
    this.#blanks(false)
    const value = this.#peek() === ',' ? this.#bareTuple(first) : first
    this.#blanks(false)
    const rest = this.#text.slice(this.#at)
    if (rest !== '' && !rest.startsWith('#')) throw notLiteral
    return value
  }

  #bareTuple(first: unknown): unknown[] {
    const items = [first]
    while (this.#peek() === ',') {
      this.#at++
      this.#blanks(false)
      if (this.#at >= this.#text.length || this.#peek() === '#') break
      items.push(this.#value())
      this.#blanks(false)
    }
    return items
  }

  #value(): unknown {
    if (this.#depth > maxDepth) throw notLiteral
    this.#blanks(this.#depth > 0)
    const letter = this.#peek()
    if (letter === '[') return this.#sequence(']')
    if (letter === '(') return this.#parenthesis()
    if (letter === '{') return this.#braces()
    if (this.#match(stringStart)) return this.#strings()
    if (/[0-9.+-]/.test(letter)) return this.#number()
    return this.#constant()
  }

  #constant(): unknown {
    const word = this.#match(wordPattern)?.[0]
    const constants: Readonly<Record<string, unknown>> = { True: true, False: false, None: null }
    if (word === undefined || !Object.hasOwn(constants, word)) throw notLiteral
    this.#at += word.length
    return constants[word]
  }

  #number(): number | string {
    const sign = /[+-]/.test(this.#peek()) ? this.#peek() : ''
    this.#at += sign.length
    this.#blanks(this.#depth > 0)
    const found = this.#match(numberPattern)?.[0] ?? ''
    const following = this.#text.charAt(this.#at + found.length)
    if (!/^\.?\d/.test(found) || /[\w.]/.test(following)) throw notLiteral
    // Python refuses 0644 (octal of old) but takes 00 and 0644.0.
    if (/^0[\d_]/.test(found) && !/[.eE]/.test(found) && !/^[0_]+$/.test(found)) throw notLiteral
    this.#at += found.length
    const digits = found.replaceAll('_', '')
    const value = Number(digits)
    // A whole number beyond 2^53 would lose digits; as a text it keeps them.
    if (/^\d+$/.test(digits) && !Number.isSafeInteger(value)) return `${sign === '-' ? '-' : ''}${digits}`
    return sign === '-' && value !== 0 ? -value : value
  }

  #match(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at
    return sticky.exec(this.#text)
  }

  #strings(): string {
    let result = ''
    for (;;) {
      const open = this.#match(stringStart)
      if (!open) return result
      result += this.#string(open[0], open[1] ?? '')
      this.#blanks(this.#depth > 0)
    }
  }

  #string(opening: string, quote: string): string {
    const raw = /[rR]/.test(opening)
    const start = this.#at + opening.length
    let end = start
    while (!this.#text.startsWith(quote, end)) {
      if (end >= this.#text.length) throw notLiteral
      if (quote.length === 1 && this.#text.charAt(end) === '\n') throw notLiteral
      end += this.#text.charAt(end) === '\\' ? 2 : 1
    }
    this.#at = end + quote.length
    const body = this.#text.slice(start, end)
    return raw ? body : unescape(body)
  }

  #sequence(close: string): unknown[] {
    const items: unknown[] = []
    this.#enter()
    while (this.#more(close)) {
      items.push(this.#value())
      this.#comma(close)
    }
    this.#leave()
    return items
  }

  #parenthesis(): unknown {
    const start = this.#at
    const items = this.#sequence(')')
    const isTuple = items.length !== 1 || /,\s*\)$/.test(this.#text.slice(start, this.#at))
    return isTuple ? items : items[0]
  }

  #braces(): unknown {
    const members: [string, unknown][] = []
    const items: unknown[] = []
    this.#enter()
    while (this.#more('}')) {
      const key = this.#value()
      this.#blanks(true)
      if (this.#peek() === ':') {
        this.#at++
        members.push([keyText(key), this.#value()])
      } else {
        items.push(key)
      }
      this.#comma('}')
    }
    this.#leave()
    if (items.length > 0 && members.length > 0) throw notLiteral
    return items.length > 0 ? [...new Set(items)] : Object.fromEntries(members)
  }

  #enter(): void {
    this.#at++
    this.#depth++
  }

  #leave(): void {
    this.#at++
    this.#depth--
  }

  #more(close: string): boolean {
    this.#blanks(true)
    if (this.#at >= this.#text.length) throw notLiteral
    return this.#peek() !== close
  }

  #comma(close: string): void {
    this.#blanks(true)
    if (this.#peek() === ',') this.#at++
    else if (this.#peek() !== close) throw notLiteral
  }

  #peek(): string {
    return this.#text.charAt(this.#at)
  }

  #blanks(newlines: boolean): void {
    const blank = newlines ? /[ \t\r\n\f]/ : /[ \t\f]/
    while (this.#at < this.#text.length && blank.test(this.#peek())) this.#at++
  }
}

/** JSON's and our member names are text; Python's json.dumps writes other keys so. */
function keyText(key: unknown): string {
  if (typeof key === 'object' && key !== null) throw notLiteral
  return String(key)
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
}

function unescape(body: string): string {
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (...found: (string | undefined)[]) => {
      const [whole = '', hex2, hex4, hex8, octal, letter] = found
      const hex = hex2 ?? hex4 ?? hex8
      if (hex !== undefined) return codePoint(Number.parseInt(hex, 16))
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8))
      if (letter !== undefined && /[xuUN]/.test(letter)) throw notLiteral
      return escapes[letter ?? ''] ?? whole
    },
  )
}

function codePoint(code: number): string {
  if (code > 0x10ffff) throw notLiteral
  return String.fromCodePoint(code)
}
