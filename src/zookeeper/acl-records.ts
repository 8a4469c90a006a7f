import zookeeper, { type AclRecord } from 'node-zookeeper-client'
import type { Acl, AclEntry } from './types.ts'

const { Permission } = zookeeper
const bits: readonly (readonly [AclEntry['permissions'][number], number])[] = [
  ['create', Permission.CREATE],
  ['read', Permission.READ],
  ['write', Permission.WRITE],
  ['delete', Permission.DELETE],
  ['admin', Permission.ADMIN],
]

/** ZooKeeper's ACL records of digest identities. */
export function aclToRecords(acl: Acl): readonly AclRecord[] {
  return acl.map((entry) => {
    const permission = bits.reduce(
      (sum, [name, bit]) => (entry.permissions.includes(name) ? sum | bit : sum),
      0,
    )
    return new zookeeper.ACL(permission, new zookeeper.Id('digest', entry.digestId))
  })
}

/** Entries of other schemes, made by others, are shown as `scheme:id`. */
export function aclFromRecords(records: readonly AclRecord[]): Acl {
  return records.map((record) => ({
    digestId: record.id.scheme === 'digest' ? record.id.id : `${record.id.scheme}:${record.id.id}`,
    permissions: bits.filter(([, bit]) => (record.permission & bit) !== 0).map(([name]) => name),
  }))
}
