import { parseRegistryNode, parseStatusNode, type Parsed } from '../start-spec/parse.ts'
import { statusKey } from '../start-spec/satisfied.ts'
import type { RegistryNode, StartSpec, StatusNode, WaitingNode } from '../start-spec/types.ts'
import type { ClusterState } from '../services/cluster-state.ts'
import type { Layout } from '../zookeeper/layout.ts'

/** A folder of one service in which containers write; its children tell the state. */
export type ClusterFolder =
  | { readonly kind: 'registry' | 'waiting'; readonly service: string; readonly path: string }
  /** `scope`: global, or a host's name. */
  | { readonly kind: 'status'; readonly service: string; readonly path: string; readonly scope: string }

export function foldersOf(
  layout: Layout,
  service: string,
  hosts: readonly string[],
): readonly ClusterFolder[] {
  return [
    { kind: 'registry', service, path: layout.registryOf(service) },
    { kind: 'waiting', service, path: layout.waitingOf(service) },
    { kind: 'status', service, path: `${layout.status}/global/${service}`, scope: 'global' },
    ...hosts.map((host) => ({
      kind: 'status' as const,
      service,
      path: `${layout.status}/host/${host}/${service}`,
      scope: host,
    })),
  ]
}

/** A cluster's state that is filled folder by folder. */
export class ClusterRecord implements ClusterState {
  readonly specs = new Map<string, StartSpec>()
  readonly registry = new Map<string, readonly RegistryNode[]>()
  readonly instances = new Map<string, ReadonlyMap<string, RegistryNode>>()
  readonly waiting = new Map<string, ReadonlyMap<string, WaitingNode>>()
  readonly status = new Map<string, StatusNode>()

  /** Takes all children of a folder, name -> data. Nodes of another form (written by a newer kmesos-start) are passed over. */
  take(folder: ClusterFolder, children: ReadonlyMap<string, string>): void {
    switch (folder.kind) {
      case 'registry': {
        const nodes = parsedChildren(children, (data, name) => parseRegistryNode(data, name))
        this.instances.set(folder.service, nodes)
        this.registry.set(folder.service, [...nodes.values()])
        return
      }
      case 'waiting':
        this.waiting.set(folder.service, parsedChildren(children, parseWaitingNode))
        return
      case 'status':
        this.#takeStatus(
          folder,
          parsedChildren(children, (data, name) => parseStatusNode(data, name)),
        )
    }
  }

  #takeStatus(
    folder: Extract<ClusterFolder, { kind: 'status' }>,
    nodes: ReadonlyMap<string, StatusNode>,
  ): void {
    const prefix = statusKey(folder.scope, folder.service, '')
    for (const key of this.status.keys()) if (key.startsWith(prefix)) this.status.delete(key)
    for (const [name, node] of nodes) this.status.set(`${prefix}${name}`, node)
  }
}

function parsedChildren<T>(
  children: ReadonlyMap<string, string>,
  parse: (data: string, name: string) => Parsed<T>,
): ReadonlyMap<string, T> {
  const nodes = new Map<string, T>()
  for (const [name, data] of children) {
    const parsed = parse(data, name)
    if ('value' in parsed) nodes.set(name, parsed.value)
  }
  return nodes
}

/** Shown only, so its form is checked as far as it is shown. */
function parseWaitingNode(data: string, name: string): Parsed<WaitingNode> {
  try {
    const node = JSON.parse(data) as WaitingNode
    if (typeof node.step === 'string' && Array.isArray(node.requires)) return { value: node }
  } catch {
    // told below
  }
  return { problems: [{ where: name, message: 'is no waiting node' }] }
}
