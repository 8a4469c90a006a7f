import type { Requirement } from '../start-spec/types.ts'

const form = /^(host:)?([a-z0-9][a-z0-9-]*)\/([A-Za-z0-9_-]+)$/

/** `mariadb/daemon`, `host:neutron-agent/daemon`; undefined when it is written in another way. */
export function parseRequirement(text: string): Requirement | undefined {
  const found = form.exec(text)
  if (!found) return undefined
  const [, host, service = '', command = ''] = found
  return { service, command, scope: host === undefined ? 'global' : 'host' }
}

/** The inverse of parseRequirement. */
export function formatRequirement(requirement: Requirement): string {
  return `${requirement.scope === 'host' ? 'host:' : ''}${requirement.service}/${requirement.command}`
}
