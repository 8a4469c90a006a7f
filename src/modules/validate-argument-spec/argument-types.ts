/** A value as a type wants it, or nothing when it cannot be made so. */
export type Converted = { readonly value: unknown } | undefined

type Convert = (value: unknown) => Converted

const text: Convert = (value) => ({
  value: typeof value === 'object' ? JSON.stringify(value) : String(value),
})

/** Ansible's types of options, with what Ansible takes for each (module_utils/common/validation.py). */
const converters: Readonly<Record<string, Convert>> = {
  str: text,
  path: text,
  raw: (value) => ({ value }),
  bool: toBool,
  int: (value) => {
    if (typeof value === 'boolean' || Number.isInteger(value)) return { value }
    const isWhole = typeof value === 'string' && /^\s*[+-]?\d+(_\d+)*\s*$/.test(value)
    return isWhole ? { value: Number(value.replaceAll('_', '')) } : undefined
  },
  float: (value) => {
    if (typeof value === 'boolean' || typeof value === 'number') return { value: Number(value) }
    if (typeof value !== 'string') return undefined
    const isNumber = /^\s*[+-]?(\d+(_\d+)*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
    if (isNumber) return { value: Number(value.replaceAll('_', '')) }
    return /^\s*[+-]?(inf(inity)?|nan)\s*$/i.test(value) ? { value } : undefined
  },
  list: (value) => {
    if (Array.isArray(value)) return { value: value as unknown[] }
    if (typeof value === 'string') return { value: value.split(',') }
    return typeof value === 'number' || typeof value === 'boolean' ? { value: [String(value)] } : undefined
  },
  dict: toDict,
  bytes: (value) => toSize(value, /^\s*\d*\.?\d+\s*[KMGTPEZY]?(B|bytes?)?\s*$/i, /b\s*$/),
  bits: (value) => toSize(value, /^\s*\d*\.?\d+\s*[KMGTPEZY]?(b|bits?)?\s*$/i, /B\s*$/),
  json: toJson,
  jsonarg: toJson,
}

export const argumentTypes: readonly string[] = Object.keys(converters)

export function convert(value: unknown, type: string): Converted {
  return converters[type]?.(value)
}

function toBool(value: unknown): Converted {
  if (typeof value === 'boolean') return { value }
  const word = String(value).trim().toLowerCase()
  if (typeof value === 'object' || !/^(y|yes|on|1|true|t|n|no|off|0|false|f)$/.test(word)) return undefined
  return { value: /^(y|yes|on|1|true|t)$/.test(word) }
}

function toDict(value: unknown): Converted {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { value }
  if (typeof value !== 'string') return undefined
  if (!value.startsWith('{')) return value.includes('=') ? { value: pairsOf(value) } : undefined
  try {
    return { value: JSON.parse(value) as unknown }
  } catch {
    return undefined
  }
}

/** `a=1, b="two words"` */
function pairsOf(text: string): Readonly<Record<string, string>> {
  const words = text.match(/(?:\\.|"[^"]*"|'[^']*'|[^\s,])+/g) ?? []
  return Object.fromEntries(
    words.map((word) => {
      const [name = '', ...rest] = word.replace(/\\(.)|["']/g, '$1').split('=')
      return [name, rest.join('=')]
    }),
  )
}

/** A capital B is a byte, a small one a bit. */
function toSize(value: unknown, wanted: RegExp, other: RegExp): Converted {
  const text = String(value)
  return typeof value !== 'object' && wanted.test(text) && !other.test(text) ? { value } : undefined
}

function toJson(value: unknown): Converted {
  return typeof value === 'string' || (typeof value === 'object' && value !== null) ? { value } : undefined
}

/** The type of a value in Ansible's words. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'list'
  const names: Readonly<Record<string, string>> = { string: 'str', boolean: 'bool', object: 'dict' }
  return names[typeof value] ?? (Number.isInteger(value) ? 'int' : 'float')
}
