import { unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'
import { globToRegExp } from './glob.ts'
import { parseHostAddress } from './host-address.ts'
import type { Host, Inventory } from './types.ts'

export type Selection = { readonly hosts: readonly Host[] } | { readonly problems: readonly Problem[] }

/** What `localhost` is where the inventory does not name it: this machine, without SSH. Not part of `all`. */
export const implicitLocalhost: Host = {
  name: 'localhost',
  groups: [],
  vars: { ansible_connection: 'local' },
}

/** Like every host it has the variables of `all`. */
function localhostOf(inventory: Inventory, name: string): Host {
  const vars = { ...inventory.groups.get('all')?.vars, ...implicitLocalhost.vars }
  return { ...implicitLocalhost, name, vars }
}

const localNames = ['localhost', '127.0.0.1', '::1']

/**
 * Hosts behind an Ansible pattern (`web:&prod:!w3`, `a,b`, `w*`, `~w\d+`, `web[0:2]`), in the order of the inventory, each once.
 * Names that match nothing are problems, each with the nearest known name.
 */
export function selectHosts(inventory: Inventory, pattern: string): Selection {
  return selectParts(inventory, splitPattern(pattern), `pattern "${pattern}"`)
}

/** Narrows hosts by a limit: of `--limit`, with the lines of its `@file`s already put in place of them. */
export function limitHosts(
  inventory: Inventory,
  hosts: readonly Host[],
  limit: readonly string[],
): Selection {
  const parts = limit.flatMap(splitPattern)
  const allowed = selectParts(inventory, parts, `limit "${limit.join(',')}"`)
  if ('problems' in allowed) return allowed
  const names = new Set(allowed.hosts.map((host) => host.name))
  return { hosts: hosts.filter((host) => names.has(host.name)) }
}

/**
 * Single patterns of a list with commas or, the old way, colons or blanks. What is one host or address as a whole (an IPv6
 * address, a range) is not parted.
 */
export function splitPattern(pattern: string): readonly string[] {
  return partsOf(pattern)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function partsOf(pattern: string): readonly string[] {
  if (pattern.includes(',')) return pattern.split(',')
  // A regular expression may hold colons, which Ansible would part it at; only commas part it from others.
  if (pattern.startsWith('~') || parseHostAddress(pattern)) return [pattern]
  return pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []
}

function selectParts(inventory: Inventory, parts: readonly string[], where: string): Selection {
  const problems: Problem[] = []
  let selected: readonly string[] = []
  for (const part of ordered(parts)) {
    const sign = part.charAt(0) === '!' || part.charAt(0) === '&' ? part.charAt(0) : ''
    const found = matchOne(inventory, part.slice(sign.length))
    if ('fault' in found) problems.push({ where, message: found.fault })
    else selected = combine(selected, found.names, sign)
  }
  if (problems.length > 0) return { problems }
  return {
    hosts: [...new Set(selected)].map((name) => inventory.hosts.get(name) ?? localhostOf(inventory, name)),
  }
}

/** First what adds, then `&`, then `!`, whatever their order in the text; with nothing that adds, `all`. */
function ordered(parts: readonly string[]): readonly string[] {
  const adding = parts.filter((part) => !/^[!&]/.test(part))
  const sharing = parts.filter((part) => part.startsWith('&'))
  const leaving = parts.filter((part) => part.startsWith('!'))
  return [...(adding.length > 0 ? adding : ['all']), ...sharing, ...leaving]
}

function combine(selected: readonly string[], names: readonly string[], sign: string): readonly string[] {
  if (sign === '') return [...selected, ...names]
  const set = new Set(names)
  return selected.filter((name) => set.has(name) === (sign === '&'))
}

type Match = { readonly names: readonly string[] } | { readonly fault: string }

function matchOne(inventory: Inventory, part: string): Match {
  if (inventory.hosts.has(part)) return { names: [part] }
  const subscript = part.startsWith('~') ? null : /^(.+)\[(?:(-?\d+)|(\d+)[:-](\d*))\]$/.exec(part)
  const base = subscript?.[1] ?? part
  const found = matchNames(inventory, base)
  if ('fault' in found || !subscript) return found
  return applySubscript(found.names, { part, index: subscript[2], start: subscript[3], end: subscript[4] })
}

/** As in Ansible a name may come twice here (by two groups, by a group and itself), and a subscript counts it twice. */
function matchNames(inventory: Inventory, base: string): Match {
  const test = testOf(base)
  if (test === undefined)
    return {
      fault: `"${base.replace(/^~/, '')}" is not ${base.startsWith('~') ? 'a regular expression' : 'a pattern'}`,
    }
  const groups = [...inventory.groups.keys()].filter(test)
  const names = groups.flatMap((group) => hostsOf(inventory, group))
  const mayBeHosts = groups.length === 0 || /^~|[.?*[]/.test(base)
  const found = mayBeHosts ? names.concat([...inventory.hosts.keys()].filter(test)) : names
  if (found.length > 0 || groups.length > 0) return { names: found }
  if (localNames.includes(base)) return { names: [localNameOf(inventory, base)] }
  return { fault: unknownName(inventory, base) }
}

/** A name of this machine means the one that the inventory has, if it has one. */
function localNameOf(inventory: Inventory, name: string): string {
  return [...inventory.hosts.keys()].find((host) => localNames.includes(host)) ?? name
}

function testOf(base: string): ((name: string) => boolean) | undefined {
  if (!/^~|[*?[]/.test(base)) return (name) => name === base
  try {
    // Python's match() begins at the start of the name.
    const expression = base.startsWith('~') ? new RegExp(`^(?:${base.slice(1)})`) : globToRegExp(base)
    return (name) => expression.test(name)
  } catch {
    return undefined
  }
}

function unknownName(inventory: Inventory, base: string): string {
  if (/^~|[*?[]/.test(base)) return `"${base}" matches no host and no group`
  // With thousands of names a list of all of them helps nobody.
  const text = unknownWord('host or group', base, [...inventory.groups.keys(), ...inventory.hosts.keys()])
  return text.length > 300 ? `unknown host or group "${base}"; see kmesos inventory graph` : text
}

/** As in Ansible the end counts too ([0:2] are three hosts), and an end of 0 counts for nothing: [3:0] is [3]. */
function applySubscript(
  names: readonly string[],
  cut: { part: string; index: string | undefined; start: string | undefined; end: string | undefined },
): Match {
  if (names.length === 0) return { names }
  const end = cut.end === '' ? names.length - 1 : Number(cut.end ?? 0)
  if (cut.index === undefined && end !== 0) return { names: names.slice(Number(cut.start), end + 1) }
  const name = names.at(Number(cut.index ?? cut.start))
  return name === undefined
    ? { fault: `"${cut.part}": there are only ${names.length} hosts` }
    : { names: [name] }
}

/** All hosts of a group: its own, then those of its children, level by level, each once. */
export function hostsOf(inventory: Inventory, group: string): readonly string[] {
  const names = new Set<string>()
  const seen = new Set([group])
  for (const name of seen) {
    const found = inventory.groups.get(name)
    for (const host of found?.hosts ?? []) names.add(host)
    for (const child of found?.children ?? []) seen.add(child)
  }
  return [...names]
}
