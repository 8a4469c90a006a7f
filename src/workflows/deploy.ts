import { UsageError } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { awaitServices } from '../phases/await-services.ts'
import { checkCluster } from '../phases/check-cluster.ts'
import type { ServiceClients } from '../phases/clients.ts'
import { launchApps } from '../phases/launch-apps.ts'
import type { Change, Phase } from '../phases/phase.ts'
import { putKeys } from '../phases/put-keys.ts'
import { removeGone } from '../phases/remove-gone.ts'
import { runPhases } from '../phases/run-phases.ts'
import { writeConfig } from '../phases/write-config.ts'
import { writeOutputs } from '../phases/write-outputs.ts'
import { hostPaths } from '../services/build-app.ts'
import { buildConfigTree, keyFilesOf } from '../services/config-tree.ts'
import { endpointsOf, renderOutputs } from '../services/render-outputs.ts'
import type { BuiltService } from '../services/types.ts'
import { layoutOf } from '../zookeeper/layout.ts'
import type { LoadedDeployment } from './load-deployment.ts'
import { underLock, type Operator } from './under-lock.ts'

export interface DeployRequest {
  /** Only these services; empty: all. */
  readonly only: readonly string[]
  readonly check: boolean
  readonly diff: boolean
  /** How long all services together may take to become ready. */
  readonly timeoutMs: number
  readonly forks: number
  /** Where openrc is written. */
  readonly outputFolder: string
  readonly operator: Operator
}

export interface DeployResult {
  readonly changes: readonly Change[]
  /** Name -> URL. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Files with passwords for users, openrc among them. */
  readonly outputs: readonly string[]
}

/** A Marathon deployment of somebody else is waited for as long as a large image may take to be pulled. */
const marathonWaitMs = 10 * 60_000

/** The verb's visible list. */
export function deployPhases(
  request: DeployRequest,
  loaded: LoadedDeployment,
  clients: ServiceClients,
): readonly Phase[] {
  const { composition, credentials, inventory } = loaded
  const { deployment } = composition.site
  const layout = layoutOf(deployment)
  const services = selectServices(request.only, composition.services)
  const chosen = { ...composition, services: new Map(services.map((each) => [each.definition.name, each])) }
  const all = request.only.length === 0
  const place = { deployment, layout, services }
  const { hosts } = inventory
  const keys = {
    files: keyFilesOf(chosen, credentials),
    folder: hostPaths.keys(deployment),
    hosts,
    forks: request.forks,
  }
  // Filled by the first look at the hosts: most deploys have nothing to remove and look only once.
  const stale = new Set<string>()
  return [
    checkCluster(clients),
    putKeys({ ...keys, others: all ? { noteIn: stale } : 'keep' }, clients),
    writeConfig(buildConfigTree(chosen, credentials), clients.store),
    launchApps({ ...place, waitMs: marathonWaitMs }, clients),
    awaitServices(
      { ...place, all: [...composition.services.values()], timeoutMs: request.timeoutMs },
      clients,
    ),
    removeGone({ ...place, removeOthers: all, waitMs: marathonWaitMs }, clients),
    // Last: a container that is still to go may be started again until then, and needs its key.
    putKeys(
      { ...keys, title: 'Remove keys of services that are gone', others: 'remove', only: stale },
      clients,
    ),
    writeOutputs(renderOutputs(composition, credentials, loaded.sources.partials), request.outputFolder),
  ]
}

/** Brings the deployment to what roles, inventory and passwords say. A second run changes nothing. */
export async function deploy(
  request: DeployRequest,
  loaded: LoadedDeployment,
  clients: ServiceClients,
): Promise<DeployResult> {
  const { changes } = await underLock(request, loaded, clients, (signal) =>
    runPhases(deployPhases(request, loaded, { ...clients, signal }), { ...request, ...clients, signal }),
  )
  const outputs = loaded.composition.roles.flatMap((role) => role.outputs)
  return {
    changes,
    endpoints: endpointsOf(loaded.composition),
    outputs: outputs.map((output) => `${request.outputFolder}/${output.dest}`),
  }
}

/** The services of these names, all without any. Throws UsageError with the nearest known names. */
export function selectServices(
  only: readonly string[],
  services: ReadonlyMap<string, BuiltService>,
): readonly BuiltService[] {
  const unknown = only.filter((name) => !services.has(name))
  if (unknown.length > 0) {
    throw new UsageError(unknown.map((name) => unknownWord('service', name, [...services.keys()])).join('; '))
  }
  return [...services.values()].filter((each) => only.length === 0 || only.includes(each.definition.name))
}
