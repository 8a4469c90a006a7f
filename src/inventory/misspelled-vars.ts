import { nearest } from '../kernel/nearest.ts'
import type { Inventory, Vars } from './types.ts'

export interface Misspelled {
  readonly name: string
  readonly near: string
  /** The group or the host that has it; undefined: -e. */
  readonly of: string | undefined
}

/** A shorter name is soon like another one; two slips in one word are seen only where it is long. */
const shortestName = 5
const longName = 12

/**
 * Names of variables that are nearly one of `known`, each once. They may be somebody's own, so they are no faults; where the
 * known name is set as well, the other one is meant as it stands. Names of connections are checked where they are read.
 */
export function misspelledVars(
  { groups, hosts }: Inventory,
  extraVars: Vars,
  known: ReadonlySet<string>,
): readonly Misspelled[] {
  const given = new Map<string, string | undefined>()
  const note = (vars: Vars, of: string | undefined): void => {
    for (const name of Object.keys(vars)) if (!given.has(name)) given.set(name, of)
  }
  for (const group of groups.values()) note(group.vars, group.name)
  for (const host of hosts.values()) note(host.ownVars ?? {}, host.name)
  note(extraVars, undefined)
  return [...given].flatMap(([name, of]) => {
    if (known.has(name) || name.length < shortestName || /^(?:ansible|kmesos)_/.test(name)) return []
    const near = nearest(name, known, name.length < longName ? 1 : 2)
    return near === undefined || given.has(near) ? [] : [{ name, near, of }]
  })
}
