import { marathonUrls } from '../bootstrap/marathon-urls.ts'
import type { Transport } from '../connection/types.ts'
import { ConfigError } from '../kernel/errors.ts'
import type { ServiceClients } from '../phases/clients.ts'
import { allSecrets } from '../secrets/passwords.ts'
import type { Site } from '../services/types.ts'
import { loadDeployment, type LoadedDeployment } from '../workflows/load-deployment.ts'
import { openHosts } from './open-hosts.ts'
import { openTransport } from './open-transport.ts'
import { baseFolder } from './project-folder.ts'
import { shareConnections } from './share-connections.ts'
import { warnMisspelled } from './warn-misspelled.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

/** Long enough for a leader election, short enough that a killed operator's lock is soon free. */
export const sessionTimeoutMs = 6_000
const requestTimeoutMs = 20_000

/** What roles, inventory and passwords say; nothing is reached yet. Its secrets are masked from here on. */
export async function openDeployment(request: Request, clients: Clients): Promise<LoadedDeployment> {
  const { options } = request
  const { inventory, extraVars } = await openHosts(request, clients)
  const loaded = await loadDeployment({
    inventory,
    extraVars,
    deployment: options.textOr('deployment', ''),
    base: baseFolder(request),
    passwordsFile: options.textOr('passwords', ''),
    profile: options.has('profile') ? options.text('profile') : undefined,
  })
  clients.hide(allSecrets(loaded.credentials))
  const base = baseFolder(request)
  await warnMisspelled({ inventory, extraVars, base, sources: loaded.sources }, request, clients)
  return loaded
}

/** Runs work with the doors to the deployment's servers and hosts, and closes them after it. */
export async function withServices<R>(
  request: Request,
  clients: Clients,
  loaded: LoadedDeployment,
  work: (services: ServiceClients) => Promise<R>,
): Promise<R> {
  const { site } = loaded.composition
  const [{ connectStore }, { connectMarathon }, { becomeOf }] = await Promise.all([
    import('../zookeeper/zookeeper-store.ts'),
    import('../marathon/marathon-client.ts'),
    import('./open-hosts.ts'),
  ])
  const { clock, reporter, signal } = clients
  const transport: Transport = shareConnections(await openTransport(request, clients))
  const logins = [loaded.login]
  const servers = site.zookeeper
  const store = await connectStore({ servers, logins, sessionTimeoutMs, requestTimeoutMs }, signal)
  try {
    const marathon = connectMarathon({ urls: neededUrls(site), clock })
    return await work({ store, marathon, transport, becomeOf, reporter, clock, signal })
  } finally {
    await Promise.allSettled([store.close(), transport.close()])
  }
}

export function neededUrls(site: Site): readonly string[] {
  const urls = marathonUrls(site)
  if (urls.length > 0) return urls
  throw new ConfigError('the group "marathon" is missing in the inventory or has no hosts', [], {
    hint: 'see inventory/multinode for the groups that kmesos needs',
  })
}
