/** A directed graph: each node's name with the names that it depends on. */
export type Graph = ReadonlyMap<string, readonly string[]>

/** One cycle as its nodes in order, the first repeated at the end; undefined when there is none. Iterative: depth is no limit. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = walkFrom(start, graph, done)
    if (cycle) return cycle
  }
  return undefined
}

function walkFrom(start: string, graph: Graph, done: Set<string>): readonly string[] | undefined {
  const path: string[] = []
  const onPath = new Set<string>()
  const stack: { node: string; next: number }[] = []
  const enter = (node: string): void => {
    path.push(node)
    onPath.add(node)
    stack.push({ node, next: 0 })
  }
  if (!done.has(start)) enter(start)
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const target = graph.get(top.node)?.[top.next++]
    if (target === undefined) {
      done.add(top.node)
      onPath.delete(top.node)
      path.pop()
      stack.pop()
    } else if (onPath.has(target)) {
      return [...path.slice(path.indexOf(target)), target]
    } else if (!done.has(target)) {
      enter(target)
    }
  }
  return undefined
}

/** Layers such that every node's dependencies stand in earlier layers. Throws nothing: nodes of a cycle are left out. */
export function layersOf(graph: Graph): readonly (readonly string[])[] {
  const missing = new Map<string, number>()
  const dependents = new Map<string, string[]>()
  for (const [node, needs] of graph) {
    const known = [...new Set(needs)].filter((need) => graph.has(need))
    missing.set(node, known.length)
    for (const need of known) dependents.set(need, [...(dependents.get(need) ?? []), node])
  }
  const layers: string[][] = []
  let layer = [...missing].filter(([, count]) => count === 0).map(([node]) => node)
  while (layer.length > 0) {
    layers.push(layer)
    layer = layer.flatMap((node) =>
      (dependents.get(node) ?? []).filter((dependent) => {
        const left = (missing.get(dependent) ?? 0) - 1
        missing.set(dependent, left)
        return left === 0
      }),
    )
  }
  return layers
}
