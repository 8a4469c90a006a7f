import type { StartSpec } from '../start-spec/types.ts'
import type { ClusterState } from '../services/cluster-state.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import { ClusterRecord, foldersOf, type ClusterFolder } from './cluster-folders.ts'

export interface FollowedService {
  readonly spec: StartSpec
  /** Hosts that may run it. */
  readonly hosts: readonly string[]
}

export interface FollowOptions {
  readonly store: ConfigStore
  readonly layout: Layout
  readonly services: readonly FollowedService[]
  readonly signal: AbortSignal
  /** Called after each change, when everything has been read once. */
  readonly onChange: (state: ClusterState) => void
  readonly onError: (error: Error) => void
}

/** Keeps the state of services by watches, until the signal aborts. Nothing is polled. */
export function followCluster(options: FollowOptions): ClusterState {
  const { store, layout, services, signal, onChange, onError } = options
  const record = new ClusterRecord()
  for (const { spec } of services) record.specs.set(spec.service, spec)
  const folders = services.flatMap(({ spec, hosts }) => foldersOf(layout, spec.service, hosts))
  const unread = new Set(folders)
  for (const folder of folders) {
    followFolder(folder, { store, signal, onError }, (children) => {
      record.take(folder, children)
      unread.delete(folder)
      if (unread.size === 0) onChange(record)
    })
  }
  return record
}

interface FolderTools {
  readonly store: ConfigStore
  readonly signal: AbortSignal
  readonly onError: (error: Error) => void
}

/** Tells the whole content of a folder after each change of it, as soon as every child has been read. */
function followFolder(
  folder: ClusterFolder,
  { store, signal, onError }: FolderTools,
  tell: (children: ReadonlyMap<string, string>) => void,
): void {
  const children = new Map<string, { stop: AbortController; data: string | undefined; read: boolean }>()
  const tellWhenRead = (): void => {
    const known = [...children]
    if (known.some(([, child]) => !child.read)) return
    tell(new Map(known.flatMap(([name, { data }]) => (data === undefined ? [] : [[name, data] as const]))))
  }
  const listen = (name: string): void => {
    const child = { stop: new AbortController(), data: undefined as string | undefined, read: false }
    children.set(name, child)
    const take = (node: { readonly data: string } | undefined): void => {
      child.data = node?.data
      child.read = true
      tellWhenRead()
    }
    store.watch(`${folder.path}/${name}`, take, {
      signal: AbortSignal.any([signal, child.stop.signal]),
      onError,
    })
  }
  const takeNames = (names: readonly string[] | undefined): void => {
    for (const [name, child] of children) {
      if (names?.includes(name)) continue
      child.stop.abort()
      children.delete(name)
    }
    for (const name of names ?? []) if (!children.has(name)) listen(name)
    tellWhenRead()
  }
  store.watchChildren(folder.path, takeNames, { signal, onError })
}
