import { loadExtraVars } from '../../../src/inventory/load-extra-vars.ts'
import { loadInventory } from '../../../src/inventory/load-inventory.ts'
import { graphInventory } from '../../../src/inventory/graph-inventory.ts'
import { listInventory } from '../../../src/inventory/list-inventory.ts'
import type { Inventory } from '../../../src/inventory/types.ts'
import type { InventoryQuestion } from './ansible-oracle.ts'

export interface OurAnswer {
  readonly inventory: Inventory
  readonly list: unknown
  readonly flat: unknown
  readonly graph: string
}

/** What kmesos says to the question, as values that went through JSON like Ansible's. */
export async function answerOf(question: InventoryQuestion): Promise<OurAnswer> {
  const extraVars = await loadExtraVars(question.extraVars ?? [])
  const inventory = await loadInventory(question.sources, {
    extraVars,
    ...(question.playbookDir === undefined ? {} : { playbookDir: question.playbookDir }),
  })
  return {
    inventory,
    list: plain(listInventory(inventory, { export: true })),
    flat: plain(listInventory(inventory, { export: false })),
    graph: graphInventory(inventory) ?? '',
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/**
 * A value as text with its members in order, so that any two can be compared, whatever their names are. Ansible marks a
 * text that is no template; our templates are others, so it is a text like any.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(ordered(value), undefined, 1)
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  if ('__ansible_unsafe' in value) return value.__ansible_unsafe
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]))
}
