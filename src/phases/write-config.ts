import { mapLimitOrThrow } from '../kernel/pool.ts'
import type { WantedNode, WantedTree } from '../services/config-tree.ts'
import {
  aclWitnesses,
  diffTree,
  transactionsOf,
  type ObservedNode,
  type ObservedTree,
  type TreeChange,
} from '../services/diff-tree.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import { phase, type Phase } from './phase.ts'

/** ZooKeeper answers one after another; more requests on the way only fill its queue. */
const requestsAtOnce = 64

/** Writes what differs, one transaction per service. */
export function writeConfig(tree: WantedTree, store: ConfigStore): Phase {
  return phase<ObservedTree, TreeChange>({
    title: 'Write the configuration to ZooKeeper',
    observe: async (signal) => ({ nodes: await readTree(tree, store, signal) }),
    plan: (seen) => diffTree(tree, seen),
    apply: async (changes, signal) => {
      // Folders that several services share come first.
      for (const change of changes.filter((each) => each.service === undefined))
        await writeChange(change, store)
      const services = changes.filter((each) => each.service !== undefined)
      await mapLimitOrThrow(services, requestsAtOnce, (change) => writeChange(change, store), signal)
    },
  })
}

async function writeChange(change: TreeChange, store: ConfigStore): Promise<void> {
  // ACLs first: a new key must open what is written with it.
  for (const { path, acl } of change.acls) await store.setAcl(path, acl)
  for (const transaction of transactionsOf(change)) await store.multi(transaction)
}

/**
 * The present nodes of a wanted tree. Files are read only where the spec differs: a spec that is as it should be was written
 * in one transaction with its files.
 */
async function readTree(
  tree: WantedTree,
  store: ConfigStore,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ObservedNode>> {
  const witnesses = new Set(aclWitnesses(tree))
  const heads = [
    ...tree.shared,
    ...tree.services.flatMap((service) => [service.spec, service.secrets, ...service.folders]),
  ]
  const nodes = await readNodes(heads, { store, witnesses, signal })
  const changed = tree.services.filter((service) => {
    const { content } = service.spec
    return content.kind !== 'plain' || nodes.get(service.spec.path)?.data !== content.data
  })
  const present = changed.filter((service) => nodes.has(service.spec.path))
  const leftovers = await mapLimitOrThrow(
    present,
    requestsAtOnce,
    async ({ spec }) =>
      ((await store.children(`${spec.path}/files`)) ?? []).map((name) => `${spec.path}/files/${name}`),
    signal,
  )
  const wanted = new Set([
    ...changed.flatMap(({ files }) => files.map(({ path }) => path)),
    ...leftovers.flat(),
  ])
  const files = await readNodes(
    [...wanted].map((path) => ({ path })),
    { store, witnesses, signal },
  )
  return new Map([...nodes, ...files])
}

async function readNodes(
  wanted: readonly Pick<WantedNode, 'path'>[],
  tools: {
    readonly store: ConfigStore
    readonly witnesses: ReadonlySet<string>
    readonly signal: AbortSignal
  },
): Promise<ReadonlyMap<string, ObservedNode>> {
  const { store, witnesses, signal } = tools
  const read = async ({
    path,
  }: Pick<WantedNode, 'path'>): Promise<readonly [string, ObservedNode] | undefined> => {
    const node = await store.read(path)
    if (!node) return undefined
    const acl = witnesses.has(path) ? await store.getAcl(path) : undefined
    return [path, { data: node.data, ...(acl ? { acl } : {}) }]
  }
  const found = await mapLimitOrThrow(wanted, requestsAtOnce, read, signal)
  return new Map(found.filter((entry) => entry !== undefined))
}
