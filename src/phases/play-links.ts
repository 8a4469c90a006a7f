import { implicitLocalhost } from '../inventory/patterns.ts'
import type { Host, Inventory } from '../inventory/types.ts'

const localMark = '\nlocal'

/** Names the way to a host: its own, or this machine in its place (connection: local). */
export function linkKey(host: string, isLocal: boolean): string {
  return isLocal ? `${host}${localMark}` : host
}

export function hostOfPlace(key: string | undefined): string | undefined {
  return key?.replace(localMark, '')
}

/** A host by name; one that the inventory does not know is taken as Ansible does: by its name, localhost without SSH. */
export function hostNamed(inventory: Inventory, name: string): Host {
  const known = inventory.hosts.get(name)
  if (known) return known
  const isLocal = ['localhost', '127.0.0.1', '::1'].includes(name)
  return isLocal ? { ...implicitLocalhost, name } : { name, groups: [], vars: {} }
}

/** The host behind a link's name. */
export function hostOfLink(inventory: Inventory, key: string): Host {
  const host = hostNamed(inventory, hostOfPlace(key) ?? key)
  return key.endsWith(localMark) ? { ...host, vars: { ...host.vars, ansible_connection: 'local' } } : host
}
