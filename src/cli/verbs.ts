import type { Verb } from './verb.ts'
import { completion } from './verbs/completion.ts'
import { inventoryGraph, inventoryHost, inventoryList } from './verbs/inventory.ts'

/** All verbs, in the order in which --help names them. */
export const verbs: readonly Verb[] = [inventoryList, inventoryGraph, inventoryHost, completion]
