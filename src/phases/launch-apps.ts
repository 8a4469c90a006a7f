import type { AppView } from '../marathon/types.ts'
import { planApps, type AppChange } from '../services/plan-apps.ts'
import type { ClusterState } from '../services/cluster-state.ts'
import type { BuiltService } from '../services/types.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ServiceClients } from './clients.ts'
import { readLaunch, recordLaunch } from './launch-record.ts'
import { putAppsPatiently } from './marathon-changes.ts'
import { phase, type Phase } from './phase.ts'
import { readCluster } from './read-cluster.ts'

export interface LaunchRequest {
  readonly deployment: string
  readonly layout: Layout
  readonly services: readonly BuiltService[]
  /** How long a Marathon deployment of somebody else is waited for. */
  readonly waitMs: number
}

interface Seen {
  readonly apps: readonly AppView[]
  readonly state: ClusterState
}

type LaunchClients = Pick<ServiceClients, 'store' | 'marathon' | 'clock' | 'reporter'>

/** Puts all apps at once; their containers wait for each other by themselves. */
export function launchApps(request: LaunchRequest, clients: LaunchClients): Phase {
  const { marathon, clock, reporter } = clients
  return phase<Seen, AppChange>({
    title: 'Launch all services at once',
    observe: async (signal) => ({
      apps: await marathon.apps({ under: `/${request.deployment}`, signal }),
      state: await readCluster(clients.store, request.layout),
    }),
    plan: ({ apps, state }) => planApps(request.services, apps, state),
    apply: async (changes, signal) => {
      const onWait = (ids: readonly string[]): void =>
        reporter.report({
          kind: 'message',
          level: 'info',
          text: `Marathon is still at work on ${ids.join(', ')}; waiting for it`,
          at: clock.now(),
        })
      const apps = changes.flatMap((change) => change.app ?? [])
      const { store } = clients
      const ownDeployment = (): Promise<string | undefined> => readLaunch(store, request.layout)
      const tools = { marathon, clock, signal, waitMs: request.waitMs, onWait, ownDeployment }
      await recordLaunch(store, request.layout, await putAppsPatiently(apps, tools))
    },
  })
}
