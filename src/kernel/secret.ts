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

/**
 * A function that masks the given secrets in any text, also their base64, URL-encoded, JSON-quoted and shell-quoted forms.
 * Longer forms are replaced first, so that one secret inside of another leaves no rest.
 */
export function redactor(secrets: Iterable<Secret | string>): (text: string) => string {
  const forms = new Set<string>()
  for (const item of secrets) {
    const value = typeof item === 'string' ? item : item.reveal()
    if (value.length < shortestSearched) continue
    for (const form of formsOf(value)) forms.add(form)
  }
  const ordered = [...forms].sort((a, b) => b.length - a.length)
  return (text) => ordered.reduce((result, form) => result.replaceAll(form, mask), text)
}

function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value, 'utf8').toString('base64').replace(/=+$/, '')
  return [
    value,
    base64,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", `'\\''`),
  ]
}
