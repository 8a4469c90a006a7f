import { systemClock } from '../../src/kernel/clock.ts'
import { messageOf } from '../../src/kernel/errors.ts'
import { connectMarathon } from '../../src/marathon/marathon-client.ts'
import type { Marathon } from '../../src/marathon/port.ts'
import { followCluster } from '../../src/phases/follow-cluster.ts'
import { readCluster, readMarathon } from '../../src/phases/read-cluster.ts'
import { unknownMarathon, type ClusterState, type MarathonState } from '../../src/services/cluster-state.ts'
import { Changes, until } from '../../src/start/changes.ts'
import { layoutOf, type Layout } from '../../src/zookeeper/layout.ts'
import type { ConfigStore, DigestLogin } from '../../src/zookeeper/types.ts'
import { connectStore } from '../../src/zookeeper/zookeeper-store.ts'

/** What ZooKeeper and Marathon tell of a deployment, kept by watches and events; nothing is polled. */
export interface WatchedCluster {
  readonly store: ConfigStore
  readonly marathon: Marathon
  readonly layout: Layout
  readonly zookeeper: () => ClusterState
  readonly tasks: () => MarathonState
  /** The condition is looked at after each change that is told; fails with what was told last. */
  readonly until: (what: string, condition: () => boolean, limitMs: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface WatchRequest {
  readonly address: string
  readonly deployment: string
  readonly login: DigestLogin
}

const sessionTimeoutMs = 6_000
const requestTimeoutMs = 60_000

/** Follows the services that are deployed now, through all that may happen to ZooKeeper and the engine. */
export async function watchCluster({ address, deployment, login }: WatchRequest): Promise<WatchedCluster> {
  const [over, changes, layout] = [new AbortController(), new Changes(), layoutOf(deployment)]
  const { signal } = over
  const logins = [login]
  const servers = `${address}:2181`
  const store = await connectStore({ servers, logins, sessionTimeoutMs, requestTimeoutMs })
  const marathon = connectMarathon({ urls: [`http://${address}:8080`], clock: systemClock })
  let fault: Error | undefined
  const tell = (): void => changes.tell()
  const onError = (error: Error): void => {
    fault = error
    tell()
  }
  store.onState(tell, signal)
  const specs = [...(await readCluster(store, layout)).specs.values()]
  const hosts = (await store.children(`${layout.status}/host`)) ?? []
  const services = specs.map((spec) => ({ spec, hosts }))
  const state = followCluster({ store, layout, services, signal, onChange: tell, onError })
  let tasks: MarathonState = unknownMarathon
  const readTasks = async (): Promise<void> => {
    tasks = await readMarathon(marathon, deployment, signal)
    tell()
  }
  const events = followEvents(marathon, readTasks, signal).catch(onError)
  return {
    ...{ store, marathon, layout, zookeeper: () => state, tasks: () => tasks },
    until: async (what, condition, limitMs) => {
      const late = AbortSignal.timeout(limitMs)
      const look = (): true | undefined => {
        if (fault) throw fault
        return condition() || undefined
      }
      await until([changes], look, late).catch((error: unknown) => {
        const reason = late.aborted ? `not within ${limitMs} ms` : messageOf(error)
        throw new Error(`${what}: ${reason}\n${describe(store, state, tasks)}`)
      })
    },
    close: async () => {
      over.abort()
      await Promise.allSettled([events, store.close()])
    },
  }
}

async function followEvents(
  marathon: Marathon,
  readTasks: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for await (const event of marathon.events({ signal, onConnected: readTasks })) {
    // An engine that has gone away breaks the stream, too, and is read again when it is back.
    if (event.eventType === 'status_update_event') await readTasks().catch(() => undefined)
  }
}

function describe(store: ConfigStore, state: ClusterState, { apps }: MarathonState): string {
  const told = [...state.specs.keys()].map((service) => ({
    service,
    registered: [...(state.instances.get(service) ?? [])],
    waiting: [...(state.waiting.get(service) ?? [])],
    tasks: apps.get(service)?.tasks?.map((task) => `${task.id} ${task.state}`),
    failure: apps.get(service)?.lastTaskFailure?.message,
  }))
  return [`ZooKeeper is ${store.state}`, ...told.map((each) => JSON.stringify(each))].join('\n')
}
