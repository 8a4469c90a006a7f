import type { HostCheck } from '../types.ts'
import { eachHost } from './each-host.ts'

/** Tokens and ZooKeeper's sessions suffer from clocks that differ more, in seconds. */
const mostClockSeconds = 60

/** The images of the minimal profile need about this much. */
const leastDiskMb = 4_000

export const machineChecks: readonly HostCheck[] = [
  eachHost('rights', "root's rights can be had (sudo, su, doas)", ({ rightsRefused }) => rightsRefused),
  eachHost(
    'architecture',
    "the host's processor is of the kind of this machine",
    ({ facts: { architecture } }, needs) =>
      architecture === needs.architecture
        ? undefined
        : `is ${architecture}, but kmesos-start's runtime here is for ${needs.architecture}: run kmesos from a machine of the hosts' kind`,
  ),
  eachHost('disk', `${leastDiskMb} MB are free on /var/lib`, ({ facts: { disk } }) =>
    disk.total_mb > 0 && disk.free_mb < leastDiskMb
      ? `only ${disk.free_mb} MB are free on /var/lib, images need ${leastDiskMb} MB: make room`
      : undefined,
  ),
  eachHost('memory', "there is memory for the host's components", ({ host, facts }, needs) => {
    const wanted = needs.hosts.get(host)?.memoryMb ?? 0
    return facts.memory_mb > 0 && facts.memory_mb < wanted
      ? `has ${facts.memory_mb} MB of memory, its components alone need ${wanted} MB: give it more, or move components to other hosts`
      : undefined
  }),
  eachHost(
    'clock',
    `the clock differs from this machine's by no more than ${mostClockSeconds} s`,
    (report) => {
      const ahead = report.clockAheadSeconds
      if (Math.abs(ahead) <= mostClockSeconds) return undefined
      const way = ahead > 0 ? 'ahead of' : 'behind'
      return `its clock is ${Math.round(Math.abs(ahead))} s ${way} this machine's: set it (install chrony)`
    },
  ),
]
