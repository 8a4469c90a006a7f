import { mapLimitOrThrow } from '../kernel/pool.ts'
import { appLabels } from '../services/build-app.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ServiceClients } from './clients.ts'
import { awaitGone } from './marathon-changes.ts'
import { phase, type Change, type Phase } from './phase.ts'
import { pathsBelow, removeNodes } from './remove-nodes.ts'

export interface DestroyPlace {
  readonly deployment: string
  readonly layout: Layout
  readonly waitMs: number
}

interface AppRemoval extends Change {
  readonly id: string
}

/** Removes all apps of the deployment at once, and waits until their tasks have ended. */
export function removeApps(place: DestroyPlace, clients: Pick<ServiceClients, 'marathon' | 'clock'>): Phase {
  const { marathon, clock } = clients
  const under = `/${place.deployment}`
  return phase<readonly string[], AppRemoval>({
    title: 'Stop all services',
    observe: async (signal) => {
      const apps = await marathon.apps({ under, signal })
      return apps.filter((app) => app.labels[appLabels.deployment] === place.deployment).map((app) => app.id)
    },
    plan: (ids) => ids.map((id) => ({ id, subject: `app ${id}`, action: 'delete' })),
    apply: async (removals, signal) => {
      const tools = { marathon, clock, signal, waitMs: place.waitMs }
      const ids = removals.map((removal) => removal.id)
      // Everything goes, so deployments that are under way need not end first.
      await mapLimitOrThrow(
        ids,
        deletionsAtOnce,
        (id) => marathon.deleteApp(id, { force: true, signal }),
        signal,
      )
      await awaitGone(ids, under, tools)
    },
  })
}

const deletionsAtOnce = 16

interface TreeRemoval extends Change {
  readonly paths: readonly string[]
}

/** Removes everything below /kmesos/<deployment>; the lock that we hold goes last, with its parent. */
export function removeTree(place: DestroyPlace, { store }: Pick<ServiceClients, 'store'>): Phase {
  const { layout } = place
  return phase<readonly string[], TreeRemoval>({
    title: 'Remove the configuration from ZooKeeper',
    observe: async () => {
      const names = (await store.children(layout.root)) ?? []
      const paths: string[] = []
      for (const name of names) {
        const path = `${layout.root}/${name}`
        if (path !== layout.lock) paths.push(...(await pathsBelow(path, store)))
      }
      return paths
    },
    plan: (paths) =>
      paths.length === 0
        ? []
        : [{ paths, subject: `znode ${layout.root}`, action: 'delete', message: `${paths.length} nodes` }],
    apply: async ([removal]) => {
      await removeNodes(removal?.paths ?? [], store)
    },
  })
}
