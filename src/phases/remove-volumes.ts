import type { Host } from '../inventory/types.ts'
import { hostPaths } from '../services/build-app.ts'
import { onHosts, runScript, type HostClients, type HostWork } from './host-scripts.ts'
import { phase, type Change, type Phase } from './phase.ts'

export interface VolumesRequest {
  readonly hosts: ReadonlyMap<string, Host>
  readonly deployment: string
  readonly forks: number
}

interface VolumeRemoval extends Change {
  readonly host: Host
}

interface Listing {
  readonly host: Host
  readonly names: readonly string[]
}

/** Removes the named volumes of the deployment on all hosts: databases, images, keys. */
export function removeVolumes(request: VolumesRequest, clients: HostClients): Phase {
  const folder = hostPaths.volumes(request.deployment)
  const work = (hosts: Iterable<Host>, signal: AbortSignal): HostWork => ({
    ...{ what: 'remove volumes', hint: 'run the same command again when the host is back' },
    ...{ hosts: [...hosts], forks: request.forks, signal },
  })
  return phase<readonly Listing[], VolumeRemoval>({
    title: 'Remove the data volumes',
    observe: (signal) =>
      onHosts(work(request.hosts.values(), signal), async (host) => {
        const listed = await runScript(host, `ls -A ${folder} 2>/dev/null || true\n`, { clients, signal })
        return { host, names: listed.split('\n').filter((name) => name !== '') }
      }),
    plan: (listings) =>
      listings
        .filter(({ names }) => names.length > 0)
        .map(({ host, names }) => ({
          host,
          subject: `volumes on ${host.name}`,
          action: 'delete',
          message: names.join(', '),
        })),
    apply: async (removals, signal) => {
      const hosts = removals.map((removal) => removal.host)
      await onHosts(work(hosts, signal), (host) => runScript(host, `rm -rf ${folder}\n`, { clients, signal }))
    },
  })
}
