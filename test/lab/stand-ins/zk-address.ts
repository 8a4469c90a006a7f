import { UsageError } from '../../../src/kernel/errors.ts'
import { openToAnyone } from '../../../src/zookeeper/acl-records.ts'
import { digestIdOf } from '../../../src/zookeeper/identity.ts'
import type { Acl, DigestLogin } from '../../../src/zookeeper/types.ts'
import { connectStore } from '../../../src/zookeeper/zookeeper-store.ts'
import type { ConfigStore } from '../../../src/zookeeper/types.ts'

/** `zk://user:pass@h1:2181,h2:2181/mesos` */
export interface ZkAddress {
  readonly servers: string
  readonly path: string
  readonly login?: DigestLogin
}

/** Throws a UsageError that does not show a password. */
export function parseZkAddress(text: string): ZkAddress {
  const found = /^zk:\/\/(?:([^:@/]+):([^@/]+)@)?([A-Za-z0-9.:,-]+)((?:\/[^/]+)+)$/.exec(text)
  if (!found)
    throw new UsageError('expecting zk://host1:port1,host2:port2,.../path with an optional user:password@')
  const [, user, password, servers = '', path = ''] = found
  return {
    servers,
    path,
    ...(user === undefined || password === undefined ? {} : { login: { user, password } }),
  }
}

/** Everyone reads and only the creator writes with a login, as Mesos does; without one everybody may do everything. */
export function aclOf({ login }: ZkAddress): Acl {
  const all = ['create', 'read', 'write', 'delete', 'admin'] as const
  if (!login) return [{ digestId: openToAnyone, permissions: all }]
  return [
    { digestId: digestIdOf(login), permissions: all },
    { digestId: openToAnyone, permissions: ['read'] },
  ]
}

/** A session; its time-out is the one of Mesos and Marathon (--zk_session_timeout). Waits until a server answers. */
export async function openZk(address: ZkAddress, sessionTimeoutMs = 10_000): Promise<ConfigStore> {
  const logins = address.login ? [address.login] : []
  const { servers } = address
  return await connectStore({ servers, logins, sessionTimeoutMs, requestTimeoutMs: 60_000 })
}
