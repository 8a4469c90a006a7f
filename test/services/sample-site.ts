import type { Group, Host, Inventory, Vars } from '../../src/inventory/types.ts'
import { loadRoles } from '../../src/roles/load-roles.ts'
import type { RoleSource, RoleSources } from '../../src/roles/types.ts'
import { compose, type ComposeRequest } from '../../src/services/compose.ts'
import type { Composition } from '../../src/services/types.ts'

/** Hosts by name with their address; groups by name with their hosts. Everybody is in `all`. */
export interface SampleInventory {
  readonly hosts?: Readonly<Record<string, string>>
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly vars?: Vars
}

export function sampleInventory(sample: SampleInventory = {}): Inventory {
  const hosts = sample.hosts ?? { h1: '10.0.0.1' }
  const names = Object.keys(hosts)
  const groups = { all: names, zookeeper: names.slice(0, 1), controller: names, ...sample.groups }
  const groupOf = (name: string, members: readonly string[]): Group => ({
    name,
    hosts: members,
    children: [],
    vars: name === 'all' ? (sample.vars ?? {}) : {},
  })
  const hostOf = (name: string): Host => ({
    name,
    groups: Object.entries(groups)
      .filter(([, members]) => members.includes(name))
      .map(([group]) => group),
    vars: { ...sample.vars, ansible_host: hosts[name] },
  })
  return {
    hosts: new Map(names.map((name) => [name, hostOf(name)])),
    groups: new Map(Object.entries(groups).map(([name, members]) => [name, groupOf(name, members)])),
    sources: ['inventory/test'],
  }
}

/** A role of one service.yml, with templates by name. */
export function roleSource(name: string, service: string, rest: Partial<RoleSource> = {}): RoleSource {
  return { name, service: { file: `roles/${name}/service.yml`, text: service }, templates: {}, ...rest }
}

export function sourcesOf(...roles: readonly RoleSource[]): RoleSources {
  return { roles, partials: {}, defaults: { file: 'roles/defaults.yml', text: 'image_source: local\n' } }
}

/** The project's own roles on the sample inventory. */
export async function composeReal(
  sample: SampleInventory = {},
  rest: Partial<ComposeRequest> = {},
): Promise<Composition> {
  return compose({
    inventory: sampleInventory(sample),
    sources: await loadRoles('.'),
    deployment: 'test',
    fingerprint: (secret) => `{fingerprint of ${secret}}`,
    ...rest,
  })
}

/** The smallest service that is valid; `more` are lines of service.yml below it, indented by four. */
export function smallService(name: string, more = ''): string {
  return `name: ${name}
services:
  ${name}:
    image: "<%= image('${name}') %>"
    placement: controller
    daemon:
      command: [${name}]
      ready: { none: true }
${more}`
}
