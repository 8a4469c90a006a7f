import type { StoredNode } from './types.ts'

/** True when a watch has nothing new to tell. */
export function sameNode(a: StoredNode | undefined, b: StoredNode | undefined): boolean {
  return a?.version === b?.version && a?.createdZxid === b?.createdZxid
}

export function sameNames(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (!a || !b) return a === b
  return a.length === b.length && a.every((name, index) => name === b[index])
}
