import { mapLimitOrThrow } from '../kernel/pool.ts'
import type { Marathon } from '../marathon/port.ts'
import { appLabels } from '../services/build-app.ts'
import type { ClusterState, MarathonState } from '../services/cluster-state.ts'
import { parseStartSpec } from '../start-spec/parse.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import { ClusterRecord, foldersOf } from './cluster-folders.ts'

const requestsAtOnce = 64

/** The state of all deployed services, read once. */
export async function readCluster(store: ConfigStore, layout: Layout): Promise<ClusterState> {
  const record = new ClusterRecord()
  const names = (await store.children(layout.services)) ?? []
  const hosts = (await store.children(`${layout.status}/host`)) ?? []
  await mapLimitOrThrow(names, requestsAtOnce, async (name) => {
    const node = await store.read(layout.service(name))
    const parsed = node ? parseStartSpec(node.data, name) : undefined
    if (parsed && 'value' in parsed) record.specs.set(name, parsed.value)
  })
  const folders = names.flatMap((name) => foldersOf(layout, name, hosts))
  await mapLimitOrThrow(folders, requestsAtOnce, async (folder) => {
    const children = new Map<string, string>()
    for (const name of (await store.children(folder.path)) ?? []) {
      const node = await store.read(`${folder.path}/${name}`)
      if (node) children.set(name, node.data)
    }
    record.take(folder, children)
  })
  return record
}

/** The apps of a deployment and what waits to be launched, by service. */
export async function readMarathon(
  marathon: Marathon,
  deployment: string,
  signal: AbortSignal,
): Promise<MarathonState> {
  const apps = await marathon.apps({ under: `/${deployment}`, tasks: true, signal })
  const queue = await marathon.queue({ signal })
  const own = new Map(
    apps.map((app) => [app.id, app.labels[appLabels.service] ?? app.id.split('/').at(-1) ?? app.id]),
  )
  return {
    apps: new Map(apps.map((app) => [own.get(app.id) ?? app.id, app])),
    queue: new Map(
      queue.flatMap((item) => {
        const service = own.get(item.app.id)
        return service === undefined ? [] : [[service, item] as const]
      }),
    ),
  }
}
