import type { Coerced } from './coerce.ts'

/** `u=rw,g+r,o-rwx`: chmod's symbolic form. */
const clause = /^[ugoa]*(?:[-+=](?:[rwxXst]*|[ugo]))+$/

/**
 * A mode as four octal digits, or in chmod's symbolic form. A number is the bits themselves, as in Ansible: YAML reads 0644 as
 * 420, which is meant. It reads 644 as six hundred and forty-four, the bits 1204, which nobody means: that is refused.
 */
export function readMode(value: unknown): Coerced {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0o7777) {
    if (looksDecimal(value)) {
      return {
        fault: `${value} is the mode ${octal(value)}: write "0${value}" in quotes, or with a leading 0`,
      }
    }
    return { value: octal(value) }
  }
  const text = typeof value === 'string' ? value.trim() : ''
  if (/^0?o?[0-7]{1,5}$/.test(text)) return { value: text.replace('o', '').slice(-4).padStart(4, '0') }
  if (text !== '' && text.split(',').every((part) => clause.test(part))) return { value: text }
  return { fault: `must be a mode such as "0644" or "u=rw,g=r", got ${JSON.stringify(value)}` }
}

/** Decimal digits that would be a usual mode as octal ones, for bits that would be a strange one. */
function looksDecimal(value: number): boolean {
  if (!/^[0-7]{3,4}$/.test(String(value)) || value <= 0o777) return false
  return value <= 777 || (value & 0o400) === 0
}

function octal(bits: number): string {
  return bits.toString(8).padStart(4, '0')
}

/** The mode in four octal digits that a wanted mode gives to a path of the present one. */
export function resolveMode(wanted: string, now: string, isDirectory: boolean): string {
  if (/^[0-7]{4}$/.test(wanted)) return wanted
  let bits = Number.parseInt(now, 8)
  for (const part of wanted.split(',')) {
    const who = /^[ugoa]*/.exec(part)?.[0] ?? ''
    for (const [, operator, perms = ''] of part.slice(who.length).matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
      bits = applied(bits, { who, operator: operator as Operator, perms, isDirectory })
    }
  }
  return octal(bits)
}

type Operator = '+' | '-' | '='

interface Change {
  readonly who: string
  readonly operator: Operator
  readonly perms: string
  readonly isDirectory: boolean
}

/** Bits that a class owns: its permissions and its special bit. */
const owned: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }
const permissions: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 }
/** What the runner's umask takes away where the clause names nobody. */
const umask = 0o022

function applied(bits: number, change: Change): number {
  const { who, operator, isDirectory } = change
  const affected = [...who].reduce((sum, each) => sum | (owned[each] ?? 0), 0)
  const named = namedBits(bits, change)
  // As chmod: set-id bits of a directory stay as they are unless they are named.
  const kept = isDirectory ? 0o6000 & ~named : 0
  const value = named & (affected === 0 ? ~umask : affected) & ~kept
  if (operator === '+') return bits | value
  if (operator === '-') return bits & ~value
  return (bits & ((affected === 0 ? 0 : ~affected & 0o7777) | kept)) | value
}

function namedBits(bits: number, { perms, isDirectory }: Change): number {
  if (perms === 'u' || perms === 'g' || perms === 'o') {
    const three = (bits >> { u: 6, g: 3, o: 0 }[perms]) & 7
    return (three << 6) | (three << 3) | three
  }
  const runs = perms.includes('X') && (isDirectory || (bits & 0o111) !== 0)
  return [...perms].reduce((sum, each) => sum | (permissions[each] ?? 0), runs ? 0o111 : 0)
}
