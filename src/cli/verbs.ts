import type { Verb } from './verb.ts'
import { exec, facts, ping } from './verbs/ad-hoc.ts'
import { completion } from './verbs/completion.ts'
import { inventoryGraph, inventoryHost, inventoryList } from './verbs/inventory.ts'

/** All verbs, in the order in which --help names them. */
export const verbs: readonly Verb[] = [
  ping,
  exec,
  facts,
  inventoryList,
  inventoryGraph,
  inventoryHost,
  completion,
]
