import type { Requirement } from './types.ts'

const form = /^(host:)?([A-Za-z0-9][A-Za-z0-9_.-]*)\/([A-Za-z0-9][A-Za-z0-9_.-]*)$/

/** `mariadb/daemon`, `keystone-db/create`, `host:neutron-agent/daemon`; undefined when the text has another form. */
export function parseRequirement(text: string): Requirement | undefined {
  const [, host, service, command] = form.exec(text) ?? []
  if (service === undefined || command === undefined) return undefined
  return { service, command, scope: host === undefined ? 'global' : 'host' }
}

export function printRequirement(requirement: Requirement): string {
  return `${requirement.scope === 'host' ? 'host:' : ''}${requirement.service}/${requirement.command}`
}
