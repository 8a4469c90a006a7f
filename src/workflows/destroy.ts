import type { Inventory } from '../inventory/types.ts'
import { checkCluster } from '../phases/check-cluster.ts'
import type { ServiceClients } from '../phases/clients.ts'
import type { Change, Phase } from '../phases/phase.ts'
import { putKeys } from '../phases/put-keys.ts'
import { removeApps, removeTree } from '../phases/remove-deployment.ts'
import { removeVolumes } from '../phases/remove-volumes.ts'
import { runPhases } from '../phases/run-phases.ts'
import { hostPaths } from '../services/build-app.ts'
import { layoutOf } from '../zookeeper/layout.ts'
import type { LoadedDeployment } from './load-deployment.ts'
import { underLock, type Operator } from './under-lock.ts'

export interface DestroyRequest {
  readonly check: boolean
  readonly diff: boolean
  /** Also the data of databases, keys of tokens: everything below /var/lib/kmesos/<deployment>. */
  readonly volumes: boolean
  readonly forks: number
  readonly operator: Operator
}

/** Stopping is quick; a host that does not answer must not hold the operator for ever. */
const waitMs = 10 * 60_000

export function destroyPhases(
  request: DestroyRequest,
  loaded: Pick<LoadedDeployment, 'composition' | 'inventory'>,
  clients: ServiceClients,
): readonly Phase[] {
  const { deployment } = loaded.composition.site
  const place = { deployment, layout: layoutOf(deployment), waitMs }
  const { hosts }: Inventory = loaded.inventory
  const files = new Map([...hosts.keys()].map((name) => [name, new Map<string, never>()]))
  const onHosts = { hosts, forks: request.forks }
  return [
    checkCluster(clients),
    removeApps(place, clients),
    removeTree(place, clients),
    putKeys(
      {
        ...onHosts,
        files,
        title: 'Remove the keys from the hosts',
        folder: hostPaths.keys(deployment),
        others: 'remove',
      },
      clients,
    ),
    ...(request.volumes ? [removeVolumes({ ...onHosts, deployment }, clients)] : []),
  ]
}

/** Removes a deployment. The caller has asked. Data volumes stay unless they are named. */
export async function destroy(
  request: DestroyRequest,
  loaded: LoadedDeployment,
  clients: ServiceClients,
): Promise<{ readonly changes: readonly Change[] }> {
  return underLock(request, loaded, clients, (signal) =>
    runPhases(destroyPhases(request, loaded, { ...clients, signal }), { ...request, ...clients, signal }),
  )
}
