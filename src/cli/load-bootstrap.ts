import { join } from 'node:path'
import type { HostNeeds, WantedImage } from '../bootstrap/types.ts'
import { clusterProblems } from '../bootstrap/cluster-problems.ts'
import { hostNeeds } from '../bootstrap/host-needs.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import { ConfigError, TimeoutError } from '../kernel/errors.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { loadContent } from '../modules/load-content.ts'
import { wantedImages } from '../phases/wanted-images.ts'
import { loadPlaybook } from '../playbook/load-playbook.ts'
import type { Playbook } from '../playbook/types.ts'
import type { BootstrapClients } from '../workflows/bootstrap.ts'
import { loadSite } from '../workflows/load-deployment.ts'
import { marathonUrls } from '../bootstrap/marathon-urls.ts'
import { becomeByDefault, openHosts } from './open-hosts.ts'
import { chooseHosts } from './open-inventory.ts'
import { warnMisspelled } from './warn-misspelled.ts'
import { baseFolder } from './project-folder.ts'
import type { Request } from './verb.ts'
import type { Clients } from './wire.ts'

export interface LoadedBootstrap {
  readonly inventory: Inventory
  readonly playbook: Playbook
  readonly hosts: readonly Host[]
  readonly extraVars: Vars
  readonly needs: HostNeeds
  /** `host:2181,host:2181` */
  readonly zookeeper: string
  /** URLs. */
  readonly marathon: readonly string[]
}

/** Inventory, components and roles, read and validated before any host is reached; all faults of all of them at once. */
export async function loadBootstrap(request: Request, clients: Clients): Promise<LoadedBootstrap> {
  const { options } = request
  const base = baseFolder(request)
  const { inventory, extraVars, vault } = await openHosts(request, clients, join(base, 'bootstrap'))
  const hosts = await chooseHosts(inventory, 'all', options.text('limit'))
  const file = join(base, 'bootstrap', 'site.yml')
  const [playbook, site] = await allOrProblems(
    () => {
      const problems = clusterProblems(inventory)
      if (problems.length > 0) throw new ConfigError('the inventory lacks what a cluster needs:', problems)
      return Promise.resolve(becomeByDefault(loadPlaybook(file, { vault }), request))
    },
    () => loadSite({ inventory, extraVars, base, deployment: options.textOr('deployment', '') }),
  )
  await warnMisspelled({ inventory, extraVars, base, sources: site.sources }, request, clients)
  return {
    ...{ inventory, playbook, hosts, extraVars },
    needs: hostNeeds(inventory, hosts, {
      architecture: machineOf(process.arch),
      images: imagesOf({ inventory, playbook, hosts, extraVars }, request, clients),
    }),
    zookeeper: site.parsed.site.zookeeper,
    marathon: marathonUrls(site.parsed.site),
  }
}

/** The images of the components; what is not chosen by --limit and --tags wants none. */
function imagesOf(
  {
    inventory,
    playbook,
    hosts,
    extraVars,
  }: Pick<LoadedBootstrap, 'inventory' | 'playbook' | 'hosts' | 'extraVars'>,
  { options }: Request,
  { clock }: Clients,
): readonly WantedImage[] {
  return wantedImages(playbook, {
    ...{ inventory, extraVars, clock, content: loadContent() },
    // What there is to be warned of is told when the playbook runs.
    reporter: { report: () => undefined, close: () => Promise.resolve() },
    limit: hosts.map((host) => host.name),
    tags: options.has('tags') ? options.words('tags') : [],
    skipTags: options.has('skip-tags') ? options.words('skip-tags') : [],
  })
}

/** Both values, or one ConfigError with the problems of both. */
async function allOrProblems<A, B>(
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<readonly [A, B]> {
  const [a, b] = await Promise.allSettled([
    Promise.resolve().then(first),
    Promise.resolve().then(second),
  ] as const)
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value]
  const errors: readonly unknown[] = [a, b].flatMap((each): readonly unknown[] =>
    each.status === 'rejected' ? [each.reason] : [],
  )
  if (errors.length === 1 || !errors.every((error) => error instanceof ConfigError)) throw errors[0]
  const problems = errors.flatMap(problemsOf)
  throw new ConfigError(`the configuration has ${countOf(problems.length, 'problem')}:`, problems)
}

function problemsOf(error: ConfigError): readonly Problem[] {
  return error.problems.length > 0 ? error.problems : [{ where: 'configuration', message: error.message }]
}

/** As `uname -m` names what Node calls x64 and arm64. */
function machineOf(arch: string): string {
  return { x64: 'x86_64', arm64: 'aarch64' }[arch] ?? arch
}

/** A first start of ZooKeeper and an election fit in easily. */
const clusterWaitMs = 60_000
const sessionTimeoutMs = 6_000

/** How a bootstrap sees that what it set up answers. */
export function clusterDoors(
  { zookeeper, marathon }: Pick<LoadedBootstrap, 'zookeeper' | 'marathon'>,
  { clock }: Pick<Clients, 'clock'>,
): Pick<BootstrapClients, 'awaitZooKeeper' | 'awaitMarathon'> {
  return {
    awaitZooKeeper: async (signal) => {
      const { connectStore } = await import('../zookeeper/zookeeper-store.ts')
      const options = { servers: zookeeper, logins: [], sessionTimeoutMs, requestTimeoutMs: clusterWaitMs }
      const store = await connectStore(options, signal)
      await store.close()
      return zookeeper
    },
    awaitMarathon: async (signal) => {
      const { connectMarathon } = await import('../marathon/marathon-client.ts')
      const late = new AbortController()
      const timer = setTimeout(() => late.abort(lateError(marathon)), clusterWaitMs)
      try {
        const client = connectMarathon({ urls: marathon, clock, attempts: Number.MAX_SAFE_INTEGER })
        const { name, version } = await client.info({ signal: AbortSignal.any([signal, late.signal]) })
        return `${name} ${version} at ${marathon.join(', ')}`
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

function lateError(urls: readonly string[]): TimeoutError {
  return new TimeoutError(`Marathon did not answer at ${urls.join(', ')} in ${clusterWaitMs / 1000} s`, {
    hint: 'see its log on the host: docker logs kmesos_engine, or docker logs marathon',
  })
}
