import type { Host, Inventory, Vars } from '../inventory/types.ts'
import { nearest } from '../kernel/nearest.ts'
import { secretsIn } from '../inventory/seal-whole.ts'
import type { Problem } from '../kernel/problems.ts'
import { Secret } from '../kernel/secret.ts'
import { parseDefaults, resolveVariables, type RawVariable } from '../roles/resolve-variables.ts'
import { RootCause } from '../roles/root-cause.ts'
import type { RoleSources, SourceText } from '../roles/types.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { Site } from './types.ts'

export interface SiteRequest {
  readonly inventory: Inventory
  readonly sources: RoleSources
  readonly deployment: string
  /** Of -e: stronger than everything. */
  readonly extraVars?: Vars
}

/**
 * The site of an inventory. Precedence of variables: roles/defaults.yml, roles/<role>/defaults.yml, the inventory's
 * variables of the group `all`, -e. Names that begin with ansible_ concern connections (and may hold passwords): they stay out.
 */
export function buildSite(request: SiteRequest): {
  readonly site: Site
  /** Variables that have no value; the reason is among the problems. */
  readonly failed: ReadonlySet<string>
  readonly problems: readonly Problem[]
} {
  const { inventory, deployment } = request
  const groups = Object.fromEntries(
    [...inventory.groups].map(([name, { hosts: direct }]) => [name, membersOf(name, direct, inventory)]),
  )
  const hosts = Object.fromEntries(
    [...inventory.hosts].map(([name, host]) => [name, { address: addressOf(host), groups: host.groups }]),
  )
  const { variables, failed, problems } = siteVariables(request, { groups, hosts })
  const zookeeper = zookeeperServers({ groups, hosts, variables })
  const source = sourceOf(inventory)
  return {
    site: { deployment, variables, hosts, groups, zookeeper },
    failed,
    problems: [...problems, ...deploymentProblems(deployment), ...zookeeperProblems(zookeeper, source)],
  }
}

/** Those that stand in the group itself, then those of the groups below it. */
function membersOf(group: string, direct: readonly string[], inventory: Inventory): readonly string[] {
  const within = [...inventory.hosts.values()].filter((host) => host.groups.includes(group))
  return [...new Set([...direct, ...within.map(({ name }) => name)])]
}

/** The address at which a host's services are reached: `kmesos_address`, else `ansible_host`, else its name. */
export function addressOf(host: Host): string {
  const given = [host.vars.kmesos_address, host.vars.ansible_host]
    .map((value) => (value instanceof Secret ? value.plain() : value))
    .find((value) => typeof value === 'string')
  return typeof given === 'string' && given !== '' ? given : host.name
}

/** The inventory's files, as problems name them. */
export function sourceOf({ sources }: Inventory): string {
  return sources.join(', ') || 'inventory'
}

/** Functions for texts that are rendered on the operator's machine. */
export function siteFunctions(
  site: Pick<Site, 'groups' | 'hosts' | 'deployment'>,
  inventory?: string,
): TemplateContext {
  return { deployment: site.deployment, addresses: (group: string) => addressesOf(group, site, inventory) }
}

function addressesOf(
  group: string,
  site: Pick<Site, 'groups' | 'hosts'>,
  where = 'inventory',
): readonly string[] {
  const names = site.groups[group]
  if (names === undefined) {
    const near = nearest(group, Object.keys(site.groups))
    const way = near === undefined ? 'see inventory/multinode' : `is "${near}" meant to be it?`
    const message = `the group "${group}" is missing, of which the roles want the addresses; ${way}`
    throw new RootCause({ where, message })
  }
  return names.map((name) => site.hosts[name]?.address ?? name)
}

function siteVariables(
  request: SiteRequest,
  place: Pick<Site, 'groups' | 'hosts'>,
): ReturnType<typeof resolveVariables> {
  const raw = new Map<string, RawVariable>()
  const problems: Problem[] = []
  const files = [request.sources.defaults, ...request.sources.roles.map((role) => role.defaults)]
  for (const file of files.filter((each): each is SourceText => each !== undefined)) {
    const parsed = parseDefaults(file)
    problems.push(...parsed.problems)
    for (const [name, variable] of parsed.variables) raw.set(name, variable)
  }
  const given = { ...request.inventory.groups.get('all')?.vars, ...request.extraVars }
  const origin = { file: sourceOf(request.inventory) }
  for (const [name, value] of Object.entries(given)) {
    if (!name.startsWith('ansible_') && secretsIn(value).length === 0) raw.set(name, { value, origin })
  }
  const resolved = resolveVariables(
    raw,
    siteFunctions({ ...place, deployment: request.deployment }, sourceOf(request.inventory)),
  )
  return { ...resolved, problems: [...problems, ...resolved.problems] }
}

const usualZookeeperPort = 2181

function zookeeperServers(site: Pick<Site, 'groups' | 'hosts' | 'variables'>): string {
  const port = Number(site.variables.zookeeper_client_port ?? usualZookeeperPort)
  const names = site.groups.zookeeper ?? []
  return names.map((name) => `${site.hosts[name]?.address ?? name}:${port}`).join(',')
}

function zookeeperProblems(servers: string, where: string): readonly Problem[] {
  return servers === '' ? [{ where, message: 'the group "zookeeper" is missing or has no hosts' }] : []
}

function deploymentProblems(name: string): readonly Problem[] {
  if (/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)) return []
  const message = `a deployment is named with small letters, digits and -, got "${name}"`
  return [{ where: 'deployment', message }]
}
