import { groupBy } from '../../kernel/group-by.ts'
import { isIpAddress } from '../../kernel/ip-address.ts'
import type { Problem } from '../../kernel/problems.ts'
import type { HostCheck, HostNeeds, HostReport } from '../types.ts'
import { distinct, eachHost } from './each-host.ts'

export const networkChecks: readonly HostCheck[] = [
  {
    name: 'ports',
    about: 'the ports of the components are free, or held by their own containers',
    problems: (reports, needs) => reports.flatMap((report) => portProblems(report, needs)),
  },
  eachHost('own-address', 'the address at which others are to reach the host is its own', (report) => {
    const { address, facts } = report
    if (!isIpAddress(address) || facts.addresses.length === 0) return undefined
    if (facts.addresses.some((each) => each.address === address)) return undefined
    return `its components are to listen on ${address}, which is none of its addresses: set kmesos_address to one of them (${facts.addresses.map((each) => each.address).join(', ')})`
  }),
  eachHost('routes', 'there is a route to each member of ZooKeeper, Mesos and Marathon', ({ unroutable }) =>
    unroutable.length === 0
      ? undefined
      : `has no route to ${unroutable.join(', ')}: mend its network, or set kmesos_address to addresses that all hosts reach`,
  ),
  eachHost(
    'names',
    'names that the inventory uses as addresses resolve, and the host knows its own',
    (report) => {
      const unknown = [...report.names]
        .filter(([, addresses]) => addresses.length === 0)
        .map(([name]) => name)
      return unknown.length === 0
        ? undefined
        : `cannot resolve ${unknown.join(', ')}: add ${unknown.length === 1 ? 'it' : 'them'} to DNS or its /etc/hosts`
    },
  ),
  { name: 'name-clash', about: 'no host takes a name for another than the others do', problems: clashes },
  { name: 'mtu', about: 'all hosts send packets of one size', problems: mtuProblems },
  distinct(
    'unique-address',
    { about: 'no two hosts have one address', what: 'the address' },
    (report) => report.address,
    'each host needs its own',
  ),
]

function portProblems(
  { host, listening, containers, holders }: HostReport,
  needs: HostNeeds,
): readonly Problem[] {
  return needs.ports
    .filter((wanted) => wanted.host === host && listening.includes(wanted.port))
    .filter((wanted) => !containers.includes(wanted.container))
    .map(({ port, container }) => {
      const holder = holders.get(port)
      const state = holder
        ? `is held by ${holder}: stop it`
        : `is in use: see who holds it (ss -ltnp sport = :${port}) and stop it`
      return { where: host, message: `port ${port}, which ${container} needs, ${state}, or set another port` }
    })
}

/** A name that stands for different addresses on different hosts; a host's own may be its loopback address there. */
function clashes(reports: readonly HostReport[]): readonly Problem[] {
  const views = reports.flatMap((report) =>
    [...report.names].flatMap(([name, addresses]) => {
      const far = addresses.filter((address) => !isLoopback(address)).sort()
      return far.length === 0 ? [] : [{ name, far: far.join(', '), host: report.host }]
    }),
  )
  return [...groupBy(views, ({ name }) => name)].flatMap(([name, seen]) => {
    const byView = groupBy(seen, ({ far }) => far)
    if (byView.size < 2) return []
    const told = [...byView].map(([far, hosts]) => `${far} (${hosts.map(({ host }) => host).join(', ')})`)
    const message = `${name} stands for ${told.join(' and for ')}: mend DNS or /etc/hosts, so that all see the same`
    return [{ where: seen.map(({ host }) => host).join(', '), message }]
  })
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** Packets of the larger size get lost on the way to a host that takes the smaller one, where nobody tells the sender. */
function mtuProblems(reports: readonly HostReport[]): readonly Problem[] {
  const sizes = reports.flatMap((report) => {
    const own = report.facts.addresses.find(({ address }) => address === report.address)
    const mtu = own && report.mtus.get(own.interface)
    return mtu === undefined || own?.interface === 'lo' ? [] : [{ host: report.host, mtu }]
  })
  const bySize = [...groupBy(sizes, ({ mtu }) => mtu)].sort(([, a], [, b]) => b.length - a.length)
  const [usual, ...others] = bySize
  if (!usual) return []
  return others.flatMap(([mtu, hosts]) =>
    hosts.map(({ host }) => ({
      where: host,
      message: `its interface has MTU ${mtu}, that of ${usual[1][0]?.host ?? 'others'} has ${usual[0]}: give all hosts one MTU`,
    })),
  )
}
