import type { Inventory } from '../inventory/types.ts'
import { nearest, unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'

const engines = ['mesos', 'embedded']

/** As in bootstrap/cluster/defaults. */
const usualEngine = 'mesos'

/** What the inventory lacks for a cluster. The group zookeeper is asked for where its addresses are needed. */
export function clusterProblems(inventory: Inventory): readonly Problem[] {
  const where = inventory.sources.join(', ') || 'inventory'
  const values = [...new Set([...inventory.hosts.values()].map((host) => host.vars.engine ?? usualEngine))]
  const faulty = values.filter((value) => !engines.includes(String(value)))
  const needed = ['marathon', 'mesos-slave', ...(values.includes('mesos') ? ['mesos-master'] : [])]
  return [
    ...faulty.map((value) => ({ where, message: unknownWord('engine', String(value), engines) })),
    ...needed.filter((name) => isEmpty(name, inventory)).map((name) => missingGroup(name, inventory, where)),
  ]
}

function isEmpty(name: string, { groups, hosts }: Inventory): boolean {
  if (!groups.has(name)) return true
  return [...hosts.values()].every((host) => !host.groups.includes(name))
}

function missingGroup(name: string, { groups }: Inventory, where: string): Problem {
  if (groups.has(name)) return { where, message: `the group "${name}" has no hosts` }
  const near = nearest(name, groups.keys())
  const way = near === undefined ? '; see inventory/multinode' : `; is "${near}" meant to be it?`
  return { where, message: `the group "${name}" is missing${way}` }
}
