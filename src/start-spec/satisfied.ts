import { printRequirement } from './requirement.ts'
import type { RegistryNode, Requirement, StartSpec, StatusNode } from './types.ts'

/**
 * What has been read of the cluster, by name. Members that nobody read yet are simply missing: a requirement on them is
 * not met. Filled by kmesos-start from its watches and by `kmesos why` from one reading.
 */
export interface Observed {
  readonly specs: ReadonlyMap<string, StartSpec>
  /** Registrations of a service's daemons. */
  readonly registry: ReadonlyMap<string, readonly RegistryNode[]>
  /** By statusKey(). */
  readonly status: ReadonlyMap<string, StatusNode>
}

export interface RequirementState {
  readonly requirement: string
  readonly met: boolean
  /** In words, without the requirement's own name: "nobody is registered". */
  readonly why: string
}

/** `host`: a host's name, or `global`. Key of Observed.status: `global/<service>/<command>` or `host/<host>/<service>/<command>`, as below status/. */
export function statusKey(host: string, service: string, command: string): string {
  return host === 'global' ? `global/${service}/${command}` : `host/${host}/${service}/${command}`
}

/**
 * Whether a requirement of a container on `host` holds, and why or why not. Rules:
 * - `svc/daemon`: at least one registration stands; with `host:`, one on the same host.
 * - `svc/cmd` of a run_once command: the status is `done` with the digest that the deployed spec has for it.
 * - `svc/cmd` of a command that runs in each container: done with that digest on at least one host; with `host:`, on the
 *   same host.
 */
export function satisfied(requirement: Requirement, observed: Observed, host: string): RequirementState {
  const name = printRequirement(requirement)
  const { met, why } =
    requirement.command === 'daemon'
      ? daemonState(requirement, observed, host)
      : commandState(requirement, observed, host)
  return { requirement: name, met, why }
}

type State = Omit<RequirementState, 'requirement'>

function daemonState(requirement: Requirement, observed: Observed, host: string): State {
  const registered = observed.registry.get(requirement.service) ?? []
  const hosts = [...new Set(registered.map((node) => node.host))].sort()
  if (requirement.scope === 'global' || hosts.includes(host)) {
    return hosts.length > 0
      ? { met: true, why: `registered on ${hosts.join(', ')}` }
      : { met: false, why: absentDaemon(requirement.service, observed) }
  }
  if (hosts.length === 0) return { met: false, why: absentDaemon(requirement.service, observed) }
  return { met: false, why: `nobody is registered on this host ${host}, only on ${hosts.join(', ')}` }
}

/** With the last words of a daemon that failed, where they are known. */
function absentDaemon(service: string, observed: Observed): string {
  const failed = [...observed.status]
    .filter(([key, node]) => key.endsWith(`/${service}/daemon`) && node.error !== undefined)
    .map(([, node]) => node)
    .sort((a, b) => (a.since < b.since ? 1 : -1))[0]
  if (failed) return `nobody is registered; ${failureText(failed)}`
  return `nobody is registered${observed.specs.has(service) ? '' : '; the service is not deployed'}`
}

function failureText({ state, host, since, error = '' }: StatusNode): string {
  if (state === 'error') return `failed on ${host} at ${since}: ${error}`
  return `${state} again on ${host} since ${since}; the time before it failed: ${error}`
}

function commandState(requirement: Requirement, observed: Observed, host: string): State {
  const { service, command } = requirement
  const spec = observed.specs.get(service)
  if (!spec) return { met: false, why: `service ${service} is not deployed` }
  const wanted = spec.commands.find((candidate) => candidate.name === command)
  if (!wanted) return { met: false, why: `service ${service} has no command ${command}` }
  if (wanted.runOnce)
    return stateOf(observed.status.get(statusKey('global', service, command)), wanted.digest)
  if (requirement.scope === 'host') {
    return stateOf(observed.status.get(statusKey(host, service, command)), wanted.digest)
  }
  return bestOf(nodesOnHosts(observed, service, command), wanted.digest)
}

function nodesOnHosts(observed: Observed, service: string, command: string): readonly StatusNode[] {
  const end = `/${service}/${command}`
  return [...observed.status]
    .filter(([key]) => key.startsWith('host/') && key.endsWith(end))
    .map(([, node]) => node)
}

function bestOf(nodes: readonly StatusNode[], digest: string): State {
  const states = nodes.map((node) => stateOf(node, digest))
  return states.find((state) => state.met) ?? states[0] ?? stateOf(undefined, digest)
}

function stateOf(node: StatusNode | undefined, digest: string): State {
  if (!node) return { met: false, why: 'has not been started' }
  const old = node.digest !== digest
  if (node.state === 'done') {
    return old
      ? { met: false, why: `done for an older digest at ${node.since}` }
      : { met: true, why: `done on ${node.host} at ${node.since}` }
  }
  return { met: false, why: `${activity(node)}${old ? ', for an older digest' : ''}` }
}

function activity(node: StatusNode): string {
  const words = node.state === 'waiting' ? 'waiting for its own requirements' : node.state
  const attempt = node.attempt > 0 ? `, attempt ${node.attempt}` : ''
  const error = node.error === undefined ? '' : `, last error: ${node.error}`
  return `${words} on ${node.host} since ${node.since}${attempt}${error}`
}
