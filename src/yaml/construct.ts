import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type Scalar } from 'yaml'
import type { Secret } from '../kernel/secret.ts'

/** What values of one document are made with. */
export interface Construction {
  /** Of an alias: the node that it stands for. */
  readonly targetOf: (alias: Node) => Node | undefined
  readonly where: (node: Node) => string
  /** Makes the value of a `!vault` text. */
  readonly seal: (text: string, where: string) => Secret
  /** A node that several aliases name is one value, as in PyYAML. */
  readonly made: Map<Node, unknown>
}

const vaultTags = new Set(['!vault', '!vault-encrypted'])

/** The plain value of a node. Names of members are texts, as JSON would write them; merge keys are merged. */
export function construct(node: unknown, construction: Construction): unknown {
  const target = followAlias(node, construction)
  if (target === undefined) return null
  if (isScalar(target)) return scalarValue(target, construction)
  const known = construction.made.get(target)
  if (known !== undefined) return known
  if (isSeq(target)) return listValue(target, construction)
  return isMap(target) ? mapValue(target, construction) : null
}

/** The node that an alias stands for, or the node itself. */
export function followAlias(node: unknown, construction: Construction): Node | undefined {
  if (!isAlias(node)) return (node ?? undefined) as Node | undefined
  return construction.targetOf(node)
}

function scalarValue(node: Scalar, construction: Construction): unknown {
  const { value } = node
  if (node.tag !== undefined && vaultTags.has(node.tag))
    return construction.seal(String(value), construction.where(node))
  return value
}

function listValue(
  node: Node & { readonly items: readonly unknown[] },
  construction: Construction,
): unknown[] {
  const list: unknown[] = []
  construction.made.set(node, list)
  for (const item of node.items)
    list.push(
      // Of an ordered map: Python has pairs.
      isPair(item)
        ? [construct(item.key, construction), construct(item.value, construction)]
        : construct(item, construction),
    )
  return list
}

function mapValue(node: Node, construction: Construction): unknown {
  const isSet = node.tag === 'tag:yaml.org,2002:set'
  const map: Record<string, unknown> = {}
  construction.made.set(node, map)
  for (const member of membersOf(node, construction)) {
    const value = construct(member.value, construction)
    // A name like __proto__ must become a member, not the prototype.
    if (member.name === '__proto__')
      Object.defineProperty(map, member.name, { value, enumerable: true, writable: true, configurable: true })
    else map[member.name] = value
  }
  return isSet ? Object.keys(map) : (markedValue(node, map, construction) ?? map)
}

/** Ansible's JSON forms of a text that is encrypted, and of one that is no template. */
function markedValue(
  node: Node,
  map: Readonly<Record<string, unknown>>,
  construction: Construction,
): unknown {
  const { __ansible_vault: vault, __ansible_unsafe: text } = map
  const value = typeof vault === 'string' ? construction.seal(vault, construction.where(node)) : text
  if (value !== undefined) construction.made.set(node, value)
  return value
}

export interface NodeMember {
  readonly name: string
  readonly key: Node | undefined
  readonly value: unknown
}

/** Members of a map, those of its merge keys first; later ones of the same name win. */
export function membersOf(node: unknown, construction: Construction): readonly NodeMember[] {
  const target = followAlias(node, construction)
  if (!isMap(target)) return []
  const merged: NodeMember[] = []
  const own: NodeMember[] = []
  for (const pair of target.items) {
    const key = followAlias(pair.key, construction)
    if (isMergeKey(key)) merged.push(...mergedMembers(pair.value, construction))
    else own.push({ name: nameOf(key), key, value: pair.value })
  }
  return [...merged, ...own]
}

export function isMergeKey(key: Node | undefined): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
}

/** Of several maps the first one wins, so it comes last. */
function mergedMembers(value: unknown, construction: Construction): readonly NodeMember[] {
  const target = followAlias(value, construction)
  if (isMap(target)) return membersOf(target, construction)
  if (isSeq(target)) return [...target.items].reverse().flatMap((item) => membersOf(item, construction))
  return []
}

function nameOf(key: Node | undefined): string {
  return isScalar(key) ? String(key.value) : 'null'
}
