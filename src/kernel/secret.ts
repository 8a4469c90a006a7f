import { inspect } from 'node:util'

/** What a secret looks like wherever it is printed. */
export const mask = '***'

export interface SecretParts {
  /** The value with its own type, where that is not text. */
  readonly plain?: unknown
  /** The encrypted form that it was read from. This one may be shown. */
  readonly sealed?: string
}

/**
 * A value that must not be shown. It prints as *** in strings, JSON, logs and `console.log`; `reveal()` appears only in
 * doors and where a file's content is rendered for its destination.
 */
export class Secret {
  readonly #value: string | (() => string)
  readonly #plain: unknown
  readonly sealed: string | undefined

  /** A function is asked for the value each time: one that must be decrypted first. */
  constructor(value: string | (() => string), parts: SecretParts = {}) {
    this.#value = value
    this.#plain = parts.plain
    this.sealed = parts.sealed
  }

  reveal(): string {
    return typeof this.#value === 'string' ? this.#value : this.#value()
  }

  /** What `reveal()` gives, or the number that it stands for. */
  plain(): unknown {
    return this.#plain ?? this.reveal()
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [Symbol.toPrimitive](): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}

export function secret(value: string): Secret {
  return new Secret(value)
}

/** Shorter secrets than this are not searched for in text: masking every "a" would destroy the text and tell the secret. */
const shortestSearched = 4

/** Texts of an event repeat (names of plays, tasks, hosts): short ones are looked up. */
const longestRemembered = 200
const mostRemembered = 20_000

/**
 * A function that masks the given secrets in any text, also their encoded forms: base64 (at any place of a longer text, both
 * alphabets), hexadecimal, URL, JSON, HTML, shell. Longer forms are replaced first, so that one secret inside of another
 * leaves no rest.
 */
export function redactor(secrets: Iterable<Secret | string>): (text: string) => string {
  const forms = new Set<string>()
  for (const item of secrets) {
    const value = typeof item === 'string' ? item : item.reveal()
    if (value.length < shortestSearched) continue
    for (const form of formsOf(value)) if (form.length >= shortestSearched) forms.add(form)
  }
  if (forms.size === 0) return (text) => text
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  const masked = (text: string): string =>
    ordered.reduce((result, form) => result.replaceAll(form, mask), text)
  return remembering(masked)
}

function remembering(masked: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    if (text.length > longestRemembered) return masked(text)
    const before = known.get(text)
    if (before !== undefined) return before
    const result = masked(text)
    if (known.size >= mostRemembered) known.clear()
    known.set(text, result)
    return result
  }
}

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8')
  const url = encodeURIComponent(value)
  const json = JSON.stringify(value).slice(1, -1)
  const base64 = [0, 1, 2].map((offset) => base64Core(bytes, offset))
  return [
    value,
    bytes.toString('base64').replace(/=+$/, ''),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    url,
    url.replaceAll('%20', '+'),
    // As forms and curl's --data-urlencode write it.
    url.replaceAll(/[!'()*~]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    json,
    json.replaceAll('/', '\\/'),
    asciiJson(json),
    JSON.stringify(json).slice(1, -1),
    htmlOf(value),
    value.replaceAll("'", `'\\''`),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll(/[^A-Za-z0-9_./-]/g, (letter) => `\\${letter}`),
  ]
}

/** The letters that depend on the secret alone when it stands in a longer text: `user:password` of a Basic authorization. */
function base64Core(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const first = Math.ceil((offset * 8) / 6)
  return text.slice(first, Math.floor(((offset + bytes.length) * 8) / 6))
}

function asciiJson(json: string): string {
  return json.replaceAll(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function htmlOf(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
