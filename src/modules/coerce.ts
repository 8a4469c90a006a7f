import { unknownWord } from '../kernel/nearest.ts'
import { readMode } from './mode.ts'
import type { ParamSchema } from './params.ts'

export type ParamType = 'text' | 'path' | 'flag' | 'integer' | 'number' | 'list' | 'map' | 'mode' | 'any'

/** A value as its parameter wants it, or what is wrong with it. */
export type Coerced = { readonly value: unknown } | { readonly fault: string }

/** Makes a given value fit its parameter's type and choices, as Ansible does. */
export function coerce(value: unknown, param: ParamSchema): Coerced {
  if (typeof value === 'string' && param.words?.includes(value)) return { value }
  const coerced = coercions[param.type](value)
  if ('fault' in coerced || !param.choices) return coerced
  if (param.choices.includes(String(coerced.value))) return coerced
  return { fault: unknownWord('choice', String(coerced.value), param.choices) }
}

const trueWords = ['yes', 'true', 'on', '1', 'y', 't']
const falseWords = ['no', 'false', 'off', '0', 'n', 'f']

const coercions: Readonly<Record<ParamType, (value: unknown) => Coerced>> = {
  any: (value) => ({ value }),
  text: textOf,
  path: (value) => {
    const text = textOf(value)
    if ('fault' in text) return text
    if (String(text.value).startsWith('/')) return text
    const home = String(text.value).startsWith('~') ? ' (~ is not known before the host was asked)' : ''
    return { fault: `must be an absolute path, got ${shown(value)}${home}` }
  },
  flag: (value) => {
    const word = String(value).toLowerCase()
    if (trueWords.includes(word)) return { value: true }
    return falseWords.includes(word)
      ? { value: false }
      : { fault: `must be true or false, got ${shown(value)}` }
  },
  integer: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return Number.isInteger(number)
      ? { value: number }
      : { fault: `must be a whole number, got ${shown(value)}` }
  },
  number: (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number)
      ? { value: number }
      : { fault: `must be a number, got ${shown(value)}` }
  },
  list: (value) => {
    if (Array.isArray(value)) return { value }
    if (typeof value === 'string')
      return { value: value === '' ? [] : value.split(',').map((item) => item.trim()) }
    return typeof value === 'number' ? { value: [value] } : { fault: `must be a list, got ${shown(value)}` }
  },
  map: (value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? { value }
      : { fault: `must be a map, got ${shown(value)}` },
  mode: readMode,
}

function textOf(value: unknown): Coerced {
  if (typeof value === 'string') return { value }
  if (typeof value === 'number' || typeof value === 'boolean') return { value: String(value) }
  return { fault: `must be text, got ${shown(value)}` }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
