import { isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import type { Problem } from '../kernel/problems.ts'
import { deepestLevel } from './nesting.ts'
import { followAlias, isMergeKey, type Construction } from './construct.ts'

/** A few lines of aliases of aliases can stand for billions of values; more than these no configuration needs. */
const mostNodes = 1_000_000

/** What no value can be made of: aliases that hold themselves or stand for too much, names that are no texts, odd merges. */
export function documentFaults(root: Node | null, construction: Construction): readonly Problem[] {
  const problems: Problem[] = []
  const walk: Walk = { construction, problems, sizes: new Map(), open: new Set() }
  if (root !== null && sizeOf(root, walk) > mostNodes)
    fault(walk, root, `its aliases stand for more than ${mostNodes} values`)
  return problems
}

interface Walk {
  readonly construction: Construction
  readonly problems: Problem[]
  readonly sizes: Map<Node, number>
  /** Nodes that the walk stands inside of. */
  readonly open: Set<Node>
}

function fault(walk: Walk, node: Node, message: string): void {
  walk.problems.push({ where: walk.construction.where(node), message })
}

/** How many values a node stands for, with its aliases written out. */
function sizeOf(node: unknown, walk: Walk): number {
  const target = followAlias(node, walk.construction)
  if (target === undefined || isScalar(target)) return 1
  if (walk.open.has(target)) {
    if (isAlias(node)) fault(walk, node, `"*${node.source}" holds itself`)
    return 1
  }
  const known = walk.sizes.get(target)
  if (known !== undefined) return known
  if (walk.open.size === deepestLevel) {
    fault(walk, target, `lists or mappings are nested more than ${deepestLevel} levels deep`)
    return 1
  }
  walk.open.add(target)
  const size = 1 + sizeOfChildren(target, walk)
  walk.open.delete(target)
  walk.sizes.set(target, size)
  return size
}

function sizeOfChildren(node: Node, walk: Walk): number {
  let size = 0
  if (isSeq(node)) for (const item of node.items) size += sizeOf(item, walk)
  if (!isMap(node)) return size
  for (const pair of node.items) {
    checkKey(pair.key, pair.value, walk)
    size += sizeOf(pair.value, walk)
  }
  return size
}

function checkKey(given: unknown, value: unknown, walk: Walk): void {
  const key = followAlias(given, walk.construction)
  if (key !== undefined && !isScalar(key))
    fault(walk, key, 'a list or a mapping cannot be the name of a member')
  if (!isMergeKey(key)) return
  const merged = followAlias(value, walk.construction)
  const maps = isSeq(merged) ? merged.items.map((item) => followAlias(item, walk.construction)) : [merged]
  if (!maps.every((each) => isMap(each)))
    fault(walk, key as Node, '"<<" merges a mapping or a list of mappings')
}
