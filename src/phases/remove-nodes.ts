import type { ConfigStore } from '../zookeeper/types.ts'

/** Far below what fits into one transaction. */
const nodesAtOnce = 500

/** A node and everything below it, children first; empty when it is not there. */
export async function pathsBelow(path: string, store: ConfigStore): Promise<readonly string[]> {
  const names = await store.children(path)
  if (names === undefined) return []
  const below: string[] = []
  for (const name of names) below.push(...(await pathsBelow(`${path}/${name}`, store)))
  return [...below, path]
}

/**
 * Removes nodes that were listed by pathsBelow. Meanwhile an ephemeral one of a container that was killed may have vanished:
 * single removals do not mind, a transaction does, so it is tried first and taken apart when it is refused.
 */
export async function removeNodes(paths: readonly string[], store: ConfigStore): Promise<void> {
  for (let start = 0; start < paths.length; start += nodesAtOnce) {
    const part = paths.slice(start, start + nodesAtOnce)
    const whole = await store.multi(part.map((path) => ({ kind: 'delete', path }))).then(
      () => true,
      () => false,
    )
    if (!whole) for (const path of part) await store.remove(path)
  }
}
