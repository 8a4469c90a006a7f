import * as assert from 'uvu/assert'
import { finishInventory } from '../../../src/inventory/finish-inventory.ts'
import { graphInventory } from '../../../src/inventory/graph-inventory.ts'
import { newDraft } from '../../../src/inventory/inventory-draft.ts'
import { listInventory } from '../../../src/inventory/list-inventory.ts'
import { parseSource } from '../../../src/inventory/parse-source.ts'
import { vaultOpener } from '../../../src/vault/opener.ts'

/** The whole way of one inventory's text, without files: problems that say something, or lists and a graph. */
export function readAndList(text: string, file: string): void {
  const draft = newDraft()
  parseSource(text, file, { draft, seal: vaultOpener([]).seal })
  for (const { where, message } of draft.problems) assert.ok(where !== '' && message !== '')
  if (draft.problems.length > 0) return
  const inventory = finishInventory(draft, {
    sources: [file],
    inventoryVars: [],
    playbookVars: [],
    extraVars: {},
  })
  JSON.stringify(listInventory(inventory, { export: true }))
  graphInventory(inventory, { vars: true })
}
