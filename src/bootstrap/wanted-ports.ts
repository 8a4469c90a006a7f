import type { Host, Inventory } from '../inventory/types.ts'
import type { WantedPort } from './types.ts'

interface ComponentPort {
  readonly group: string
  /** Where the variable is not set in the inventory; as in bootstrap/<component>/defaults. */
  readonly usual: number
  readonly variable: string
  readonly container: string
  /** Only with the real Mesos, or only with the embedded engine; undefined: with both. */
  readonly engine?: 'mesos' | 'embedded'
}

const componentPorts: readonly ComponentPort[] = [
  { group: 'zookeeper', variable: 'zookeeper_client_port', usual: 2181, container: 'zookeeper' },
  {
    group: 'mesos-master',
    variable: 'mesos_master_port',
    usual: 5050,
    container: 'mesos_master',
    engine: 'mesos',
  },
  {
    group: 'mesos-slave',
    variable: 'mesos_slave_port',
    usual: 5051,
    container: 'mesos_slave',
    engine: 'mesos',
  },
  { group: 'marathon', variable: 'marathon_port', usual: 8080, container: 'marathon', engine: 'mesos' },
  {
    group: 'marathon',
    variable: 'marathon_port',
    usual: 8080,
    container: 'kmesos_engine',
    engine: 'embedded',
  },
]

/** The ports that the components will listen on, of the hosts that are touched. */
export function wantedPorts(inventory: Inventory, hosts: readonly Host[]): readonly WantedPort[] {
  return hosts.flatMap((host) =>
    componentPorts
      .filter((component) => inventory.groups.has(component.group) && host.groups.includes(component.group))
      .filter((component) => component.engine === undefined || component.engine === engineOf(host))
      .map((component) => ({
        host: host.name,
        port: Number(host.vars[component.variable] ?? component.usual),
        container: component.container,
      })),
  )
}

/** As in bootstrap/cluster/defaults. */
export function engineOf(host: Host): unknown {
  return host.vars.engine ?? 'mesos'
}
