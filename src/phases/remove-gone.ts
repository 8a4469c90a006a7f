import { planRemovals, type AppChange } from '../services/plan-apps.ts'
import type { BuiltService } from '../services/types.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import type { ServiceClients } from './clients.ts'
import { readLaunch } from './launch-record.ts'
import { awaitGone, deleteAppPatiently } from './marathon-changes.ts'
import { phase, type Change, type Phase } from './phase.ts'
import { readCluster } from './read-cluster.ts'
import { pathsBelow, removeNodes } from './remove-nodes.ts'

export interface RemoveRequest {
  readonly deployment: string
  readonly layout: Layout
  readonly services: readonly BuiltService[]
  /** False: only some services are deployed, so others are not gone. */
  readonly removeOthers: boolean
  readonly waitMs: number
}

type RemoveClients = Pick<ServiceClients, 'store' | 'marathon' | 'clock'>

interface NodeRemoval extends Change {
  readonly kind: 'nodes'
  /** Children first. */
  readonly paths: readonly string[]
}

type Removal = (AppChange & { readonly kind: 'app' }) | NodeRemoval

/** Apps of done jobs, and apps and nodes of services that the deployment has no more; nodes when the tasks have ended. */
export function removeGone(request: RemoveRequest, clients: RemoveClients): Phase {
  const { marathon, store, clock } = clients
  const { layout, removeOthers, waitMs } = request
  const under = `/${request.deployment}`
  return phase<readonly Removal[], Removal>({
    title: 'Remove what is done or gone',
    observe: async (signal) => {
      const apps = await marathon.apps({ under, signal })
      const state = await readCluster(store, layout)
      const gone = removeOthers ? await goneServices(request, store) : new Map<string, readonly string[]>()
      return [
        ...planRemovals(request.services, apps, { state, removeOthers }).map((each) => ({
          ...each,
          kind: 'app' as const,
        })),
        ...[...gone].map(([service, paths]) => nodeRemoval(service, paths)),
      ]
    },
    plan: (removals) => removals,
    apply: async (removals, signal) => {
      const tools = { marathon, clock, signal, waitMs }
      const ownDeployment = (): Promise<string | undefined> => readLaunch(store, layout)
      const ids = removals.flatMap((each) => (each.kind === 'app' ? [each.id] : []))
      for (const id of ids) await deleteAppPatiently(id, { ...tools, onWait: () => undefined, ownDeployment })
      await awaitGone(ids, under, tools)
      for (const each of removals) if (each.kind === 'nodes') await removeNodes(each.paths, store)
    },
  })
}

function nodeRemoval(service: string, paths: readonly string[]): NodeRemoval {
  return { kind: 'nodes', paths, subject: `configuration of ${service}`, action: 'delete' }
}

/** Services in ZooKeeper that are not wanted: every node of them, children first. */
async function goneServices(
  request: RemoveRequest,
  store: ConfigStore,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { layout, services } = request
  const wanted = new Set(services.map((service) => service.definition.name))
  const present = (await store.children(layout.services)) ?? []
  const hosts = (await store.children(`${layout.status}/host`)) ?? []
  const gone = new Map<string, readonly string[]>()
  for (const name of present.filter((each) => !wanted.has(each))) {
    const folders = [
      ...[layout.service(name), layout.serviceSecrets(name), layout.registryOf(name), layout.waitingOf(name)],
      `${layout.status}/global/${name}`,
      ...hosts.map((host) => `${layout.status}/host/${host}/${name}`),
    ]
    const paths = await Promise.all(folders.map((folder) => pathsBelow(folder, store)))
    gone.set(name, paths.flat())
  }
  return gone
}
