import { longestName, parseHostAddress } from './host-address.ts'

/** Host names behind one entry of an inventory, or why it is none. */
export type HostPatternResult =
  { readonly names: readonly string[]; readonly port?: number } | { readonly fault: string }

/** More names than this from one entry is a slip of the pen (`[1:99999999]`), not a cluster. */
const maxExpanded = 200_000

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Reads `web[01:10:3].example.com:2222`: Ansible's ranges (padded, with a stride, alphabetic, nested) and the port. */
export function expandHostPattern(pattern: string): HostPatternResult {
  if (pattern.length > longestName)
    return { fault: `host "${pattern.slice(0, 40)}..." has more than ${longestName} characters` }
  // As in Ansible, what does not look like a name or an address is taken whole, so `odd!name:22` has no port.
  const { host: name, port } = parseHostAddress(pattern) ?? { host: pattern }
  if (port === undefined && pattern.trim().endsWith(':')) {
    return { fault: `host "${pattern}" must not end in ":"; that is where a port stands` }
  }
  if (name.trim() === '---') return { fault: '"---" begins a YAML file, but this file is read as INI' }
  if (name === '') return { fault: 'the name of a host must not be empty' }
  const names: string[] = []
  const fault = expandInto(name, names)
  if (fault !== undefined) return { fault: `host range "${pattern}": ${fault}` }
  // Ansible drops port 0.
  return port === undefined || port === 0 ? { names } : { names, port }
}

function expandInto(text: string, into: string[]): string | undefined {
  const open = text.indexOf('[')
  if (open < 0) {
    if (into.length >= maxExpanded) return `gives more than ${maxExpanded} hosts`
    into.push(text)
    return undefined
  }
  const close = text.indexOf(']', open)
  if (close < 0) return 'has no closing "]"'
  const range = rangeOf(text.slice(open + 1, close))
  if ('fault' in range) return range.fault
  for (const item of range.items) {
    const fault = expandInto(text.slice(0, open) + item + text.slice(close + 1), into)
    if (fault !== undefined) return fault
  }
  return undefined
}

type RangeResult = { readonly items: readonly string[] } | { readonly fault: string }

function rangeOf(body: string): RangeResult {
  const bounds = body.split(':')
  if (bounds.length !== 2 && bounds.length !== 3) return { fault: 'must be begin:end or begin:end:step' }
  const [begin = '', end = '', stepText = '1'] = bounds
  if (end === '') return { fault: 'must name its end' }
  const step = Number(stepText)
  if (!/^\d+$/.test(stepText) || step < 1) return { fault: `step "${stepText}" must be a number above 0` }
  if (/^[a-zA-Z]$/.test(begin) && /^[a-zA-Z]$/.test(end)) return letterRange(begin, end, step)
  return numberRange(begin === '' ? '0' : begin, end, step)
}

function letterRange(begin: string, end: string, step: number): RangeResult {
  const from = letters.indexOf(begin)
  const to = letters.indexOf(end)
  if (from > to) return { fault: 'must have begin <= end' }
  const items: string[] = []
  for (let index = from; index <= to; index += step) items.push(letters.charAt(index))
  return { items }
}

function numberRange(begin: string, end: string, step: number): RangeResult {
  if (!/^\d+$/.test(begin) || !/^\d+$/.test(end))
    return { fault: `"${begin}:${end}" are not two numbers or two letters` }
  const padded = begin.startsWith('0') && begin.length > 1
  if (padded && begin.length !== end.length)
    return { fault: 'must have begin and end of equal length when begin is padded' }
  if ((Number(end) - Number(begin)) / step > maxExpanded)
    return { fault: `gives more than ${maxExpanded} hosts` }
  const items: string[] = []
  for (let value = Number(begin); value <= Number(end); value += step) {
    items.push(padded ? String(value).padStart(begin.length, '0') : String(value))
  }
  return { items }
}
