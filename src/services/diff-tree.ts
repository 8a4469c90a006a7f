import { mask, type Secret } from '../kernel/secret.ts'
import { unifiedDiff } from '../plan/unified-diff.ts'
import { seal, unseal } from '../zookeeper/identity.ts'
import { largestNodeBytes, type Acl, type NodeChange } from '../zookeeper/types.ts'
import type { WantedNode, WantedService, WantedTree } from './config-tree.ts'

/** What has been read of the present tree. Absent nodes are not in the map. */
export interface ObservedTree {
  readonly nodes: ReadonlyMap<string, ObservedNode>
}

export interface ObservedNode {
  readonly data: string
  /** Only where it was asked for (see aclWitnesses). */
  readonly acl?: Acl
}

/** What is written together; `changes` of one service are one transaction where they fit. */
export interface TreeChange {
  /** Undefined: nodes that belong to no single service. */
  readonly service?: string
  readonly action: 'create' | 'update'
  readonly subject: string
  readonly diff: string
  readonly changes: readonly NodeChange[]
  readonly acls: readonly { readonly path: string; readonly acl: Acl }[]
}

/** Nodes whose ACL tells whether a key was changed: reading all would double the requests. */
export function aclWitnesses(tree: WantedTree): readonly string[] {
  const variables = tree.shared.filter((node) => node.path.endsWith('/variables')).map((node) => node.path)
  return [...variables, ...tree.services.map((service) => service.secrets.path)]
}

/** Only what differs; empty = a deploy would write nothing. */
export function diffTree(tree: WantedTree, observed: ObservedTree): readonly TreeChange[] {
  const shared = diffShared(tree, observed)
  const services = tree.services.flatMap((service) => diffService(service, { tree, observed }) ?? [])
  return [...(shared ? [shared] : []), ...services]
}

function diffShared(tree: WantedTree, observed: ObservedTree): TreeChange | undefined {
  return toChange(undefined, tree.shared, { observed, renewAcls: keysChanged(tree, observed) })
}

function diffService(
  service: WantedService,
  { tree, observed }: { readonly tree: WantedTree; readonly observed: ObservedTree },
): TreeChange | undefined {
  const seen = observed.nodes.get(service.secrets.path)
  const ownKeyChanged = seen?.acl !== undefined && !sameAcl(seen.acl, service.secrets.acl)
  const nodes = [service.spec, ...service.files, service.secrets, ...service.folders]
  const change = toChange(service.name, nodes, {
    observed,
    renewAcls: ownKeyChanged || keysChanged(tree, observed),
    // A spec that is as it should be proves its files: they were written in the same transaction, and it holds their digests.
    proven: sameNode(service.spec, observed) ? new Set(service.files.map((file) => file.path)) : new Set(),
  })
  return withoutLeftovers(change, service, observed)
}

/** Files that the service has no more. */
function withoutLeftovers(
  change: TreeChange | undefined,
  service: WantedService,
  observed: ObservedTree,
): TreeChange | undefined {
  const folder = `${service.spec.path}/files/`
  const wanted = new Set(service.files.map((file) => file.path))
  const leftovers = [...observed.nodes.keys()].filter((path) => path.startsWith(folder) && !wanted.has(path))
  if (!change || leftovers.length === 0) return change
  return {
    ...change,
    changes: [...change.changes, ...leftovers.map((path) => ({ kind: 'delete' as const, path }))],
  }
}

interface Comparison {
  readonly observed: ObservedTree
  readonly renewAcls: boolean
  readonly proven?: ReadonlySet<string>
}

function toChange(
  service: string | undefined,
  nodes: readonly WantedNode[],
  { observed, renewAcls, proven = new Set() }: Comparison,
): TreeChange | undefined {
  const differing = nodes.filter((node) => !proven.has(node.path) && !sameNode(node, observed))
  const acls = renewAcls
    ? nodes.filter((node) => observed.nodes.has(node.path)).map(({ path, acl }) => ({ path, acl }))
    : []
  if (differing.length === 0 && acls.length === 0) return undefined
  const head = nodes.find((node) => isHead(node, service))
  const isNew = head !== undefined && !observed.nodes.has(head.path)
  return {
    ...(service === undefined ? {} : { service }),
    action: isNew ? 'create' : 'update',
    subject: service === undefined ? 'variables and folders' : `configuration of ${service}`,
    diff: differing.map((node) => nodeDiff(node, observed)).join(''),
    changes: differing.map((node) => nodeChange(node, observed)),
    acls,
  }
}

/** The node that tells whether there was anything before: the lock's folders are made earlier than the rest. */
function isHead(node: WantedNode, service: string | undefined): boolean {
  return service !== undefined || node.path.endsWith('/variables')
}

function sameNode(node: WantedNode, observed: ObservedTree): boolean {
  const seen = observed.nodes.get(node.path)
  if (!seen) return false
  const { content } = node
  return content.kind === 'plain'
    ? content.data === seen.data
    : unsealed(node, seen)?.reveal() === content.plain.reveal()
}

/** Ciphertext differs with each sealing, so plain texts are compared. Undefined: sealed with another key. */
function unsealed(node: WantedNode, seen: ObservedNode): Secret | undefined {
  const { content } = node
  if (content.kind === 'plain') return undefined
  try {
    const plain = unseal(seen.data, content.key.reveal(), content.place)
    return content.plain.reveal() === plain ? content.plain : undefined
  } catch {
    return undefined
  }
}

function nodeChange(node: WantedNode, observed: ObservedTree): NodeChange {
  const { path, acl, content } = node
  const data =
    content.kind === 'plain'
      ? content.data
      : seal(content.plain.reveal(), content.key.reveal(), content.place)
  return observed.nodes.has(path) ? { kind: 'set', path, data } : { kind: 'create', path, data, acl }
}

/** What --diff shows of a node; of secrets only that they differ. */
function nodeDiff(node: WantedNode, observed: ObservedTree): string {
  const seen = observed.nodes.get(node.path)
  if (node.content.kind === 'sealed') {
    return unifiedDiff(seen ? `${mask} (as it was)\n` : '', `${mask}\n`, node.path)
  }
  return unifiedDiff(readable(seen?.data ?? ''), readable(node.content.data), node.path)
}

/** JSON on many lines, so that a difference is one line. */
function readable(data: string): string {
  if (!data.startsWith('{')) return data
  try {
    return `${JSON.stringify(JSON.parse(data), undefined, 2)}\n`
  } catch {
    return data
  }
}

function sameAcl(a: Acl, b: Acl): boolean {
  const key = (acl: Acl): string =>
    acl
      .map((entry) => `${entry.digestId} ${[...entry.permissions].sort().join()}`)
      .sort()
      .join('\n')
  return key(a) === key(b)
}

/** The operator's or the reader's key is not the one with which the tree was written. */
function keysChanged(tree: WantedTree, observed: ObservedTree): boolean {
  return tree.shared.some((node) => {
    const acl = observed.nodes.get(node.path)?.acl
    return acl !== undefined && !sameAcl(acl, node.acl)
  })
}

/**
 * The transactions of a change; almost always one. Where a service is too large for one, its spec goes last (an empty one
 * before, as the parent of the files): a deploy that is killed in the middle leaves an old spec, and the next one writes all.
 */
export function transactionsOf(change: TreeChange): readonly (readonly NodeChange[])[] {
  const packets = packetsOf(change.changes)
  const spec = change.changes[0]
  if (packets.length <= 1 || !spec || (spec.kind !== 'create' && spec.kind !== 'set')) return packets
  const before: readonly NodeChange[] = spec.kind === 'create' ? [{ ...spec, data: '' }] : []
  const last: NodeChange = { kind: 'set', path: spec.path, data: spec.data }
  return packetsOf([...before, ...change.changes.slice(1), last])
}

function packetsOf(changes: readonly NodeChange[]): readonly (readonly NodeChange[])[] {
  const packets: NodeChange[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const change of changes) {
    const bytes = sizeOf(change)
    if (size + bytes > largestNodeBytes) {
      packets.push([])
      size = 0
    }
    packets.at(-1)?.push(change)
    size += bytes
  }
  return packets
}

/** Its data exactly; path, ACL and head of one operation roughly. */
function sizeOf(change: NodeChange): number {
  const data = change.kind === 'create' || change.kind === 'set' ? Buffer.byteLength(change.data) : 0
  return data + change.path.length + 400
}
