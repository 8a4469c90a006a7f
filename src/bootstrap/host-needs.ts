import { isIpAddress } from '../kernel/ip-address.ts'
import type { Host, Inventory } from '../inventory/types.ts'
import { addressOf } from '../services/site.ts'
import type { HostNeed, HostNeeds, HostQuestions } from './types.ts'
import { engineOf, wantedPorts } from './wanted-ports.ts'

/** Megabytes that a component takes at rest, heap and what its runtime adds; as in bootstrap/<component>/defaults. */
const memoryOf: Readonly<Record<string, number>> = {
  zookeeper: 400,
  'mesos-master': 300,
  'mesos-slave': 300,
  marathon: 700,
}

/** Docker itself, sshd and the system. */
const systemMemoryMb = 300

/** Members that all others dial; slaves are dialled by masters alone. */
const dialled = ['zookeeper', 'mesos-master', 'marathon']

/** What the components will ask of the hosts that are touched. `architecture` as `uname -m` says it. */
export function hostNeeds(
  inventory: Inventory,
  hosts: readonly Host[],
  more: Pick<HostNeeds, 'architecture' | 'images'>,
): HostNeeds {
  return {
    ...more,
    ports: wantedPorts(inventory, hosts),
    hosts: new Map(hosts.map((host) => [host.name, needOf(host)])),
    questions: questionsOf(inventory),
  }
}

function needOf(host: Host): HostNeed {
  const memoryMb = host.groups.reduce((sum, group) => sum + (memoryOf[group] ?? 0), systemMemoryMb)
  const runsTasks = engineOf(host) === 'mesos' && host.groups.includes('mesos-slave')
  const newest = Number.parseInt(String(host.vars.docker_max_version ?? ''), 10)
  return {
    memoryMb,
    ...(Number.isNaN(newest) ? {} : { newestDocker: newest }),
    cgroupV1: runsTasks && host.vars.mesos_cgroup_v2 !== true,
  }
}

function questionsOf({ hosts }: Inventory): HostQuestions {
  const members = [...hosts.values()].filter((host) => host.groups.some((group) => dialled.includes(group)))
  const addresses = [...new Set(members.map(addressOf))]
  return {
    names: addresses.filter((address) => !isIpAddress(address)),
    addresses: addresses.filter((address) => isIpAddress(address)),
  }
}
