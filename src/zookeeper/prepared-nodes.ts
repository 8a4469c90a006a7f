import { acls } from './identity.ts'
import type { Layout } from './layout.ts'
import type { Acl } from './types.ts'

export interface ServiceIdentities {
  readonly service: string
  /** Digest ids, see identity.ts. */
  readonly operator: string
  readonly reader: string
  readonly own: string
  /** Hosts on which the service may run, by their inventory names. */
  readonly hosts: readonly string[]
}

export interface PreparedNode {
  readonly path: string
  readonly data: string
  readonly acl: Acl
}

/**
 * The folders that must stand before a container of the service starts, parents first: the container itself may only
 * make nodes below those that its own identity may write. Several services share some of the parents.
 */
export function preparedNodes(layout: Layout, who: ServiceIdentities): readonly PreparedNode[] {
  const readable = acls.readable(who.operator, who.reader)
  const own = acls.writtenByService(who.operator, who.reader, who.own)
  const folder = (path: string, acl: Acl): PreparedNode => ({ path, data: '', acl })
  return [
    ...[layout.root, layout.services, layout.status, layout.registry, layout.waiting].map((p) =>
      folder(p, readable),
    ),
    // Names of other services' secrets are no secret; each child has its own ACL.
    folder(layout.secrets, readable),
    folder(`${layout.status}/global`, readable),
    folder(`${layout.status}/host`, readable),
    folder(`${layout.status}/global/${who.service}`, own),
    ...who.hosts.flatMap((host) => [
      folder(`${layout.status}/host/${host}`, readable),
      folder(`${layout.status}/host/${host}/${who.service}`, own),
    ]),
    folder(layout.registryOf(who.service), own),
    folder(layout.waitingOf(who.service), own),
  ]
}
