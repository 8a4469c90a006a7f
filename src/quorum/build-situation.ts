import type { MemberReport, Server } from './parse-probe.ts'
import type { Component, Member, Situation } from './types.ts'

/** A host of the group, and what is known of its member. */
export interface SeenHost {
  readonly name: string
  readonly address: string
  readonly report: MemberReport
  /** Its turn is wanted: something of it would be changed. */
  readonly differs: boolean
}

/**
 * Makes members of what the hosts told. Voters that are not of the group count as gone: nothing can be done with them here,
 * so nobody waits for them. A member that is down and whose host has no part in this run counts as one that nobody reaches.
 */
export function buildSituation(
  component: Component,
  hosts: readonly SeenHost[],
  wantedServers: readonly Server[],
  waited = false,
): Situation {
  const nameOf = namer(hosts, wantedServers)
  const members = hosts.map(({ name, report, differs }): Member => {
    const { state, hasData, quorum, fault } = report
    const isDown = state === 'absent' || state === 'stopped'
    return {
      name,
      state: isDown && !differs ? 'unreachable' : state,
      hasData,
      list: report.servers.map(nameOf),
      differs,
      ...(quorum === undefined ? {} : { quorum }),
      ...(fault === undefined ? {} : { fault }),
    }
  })
  const wanted = hosts.map((host) => host.name)
  const gone = [...new Set(members.flatMap((member) => member.list))].filter((name) => !wanted.includes(name))
  const strangers = gone.map((name): Member => ({
    name,
    state: 'unreachable',
    hasData: true,
    list: [],
    differs: false,
  }))
  return { component, members: [...members, ...strangers], wanted, dead: gone, waited }
}

/** The host with this number, else with this address. */
function namer(hosts: readonly SeenHost[], wanted: readonly Server[]): (server: Server) => string {
  return (server) => {
    const byAddress = hosts.find((host) => host.address === server.address)
    const byId = hosts.find((host) => host.report.id === server.id)
    const meant = wanted.find((each) => each.id === server.id)
    const byPlan = meant && hosts.find((host) => host.address === meant.address)
    return (byAddress ?? byId ?? byPlan)?.name ?? `server.${server.id} (${server.address})`
  }
}
