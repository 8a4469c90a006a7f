import type { Facts } from '../../facts/types.ts'
import type { HostCheck } from '../types.ts'
import { eachHost } from './each-host.ts'

/** `docker run --init` and the API that kmesos speaks came with these. Source: Docker's release notes, API 1.41. */
const oldestDocker = 20

/** Docker that does not run is started by its role, which says best why it does not start. */
export const dockerChecks: readonly HostCheck[] = [
  eachHost('docker', 'Docker is there and fit, or can be installed', ({ host, facts }, needs) =>
    facts.docker.installed ? versionFault(facts, needs.hosts.get(host)?.newestDocker) : missingFault(facts),
  ),
  eachHost('cgroups', 'the chosen Mesos can use the cgroups of the host', ({ host, facts }, needs) =>
    needs.hosts.get(host)?.cgroupV1 && facts.cgroup === 'v2'
      ? 'has cgroups v2, which Apache Mesos up to 1.11 cannot use: boot with systemd.unified_cgroup_hierarchy=0, or choose images of a Mesos that can (ClusterD) and set mesos_cgroup_v2: true'
      : undefined,
  ),
]

function missingFault({ os }: Facts): string | undefined {
  if (os.family === 'debian') return undefined
  return `Docker is missing and cannot be installed on ${os.name || os.id}: install it (${oldestDocker}.10 or newer)`
}

function versionFault({ docker }: Facts, newest: number | undefined): string | undefined {
  const major = Number.parseInt(docker.version, 10)
  if (!docker.running || Number.isNaN(major)) return undefined
  if (major < oldestDocker)
    return `Docker ${docker.version} is too old: ${oldestDocker}.10 or newer is needed`
  if (newest !== undefined && major > newest)
    return `Docker ${docker.version} is too new: docker_max_version says ${newest} (Apache Mesos up to 1.11 cannot run Docker tasks on 26 and newer): install an older one, or choose another Mesos and raise docker_max_version`
  return undefined
}
