import type { AclRecord } from 'node-zookeeper-client'
import type { Acl, AclEntry } from './types.ts'

type Permission = AclEntry['permissions'][number]

/** Bits of ZooDefs.Perms. */
const bits: readonly (readonly [Permission, number])[] = [
  ['create', 4],
  ['read', 1],
  ['write', 2],
  ['delete', 8],
  ['admin', 16],
]

export function permissionBits(permissions: readonly Permission[]): number {
  return bits.reduce((sum, [name, bit]) => (permissions.includes(name) ? sum | bit : sum), 0)
}

/** How an entry of the scheme `world` is shown, and written back as what it is. */
export const openToAnyone = 'world:anyone'

/** Entries of other schemes, made by others, are shown as `scheme:id`. */
export function aclFromRecords(records: readonly AclRecord[]): Acl {
  return records.map((record) => ({
    digestId: record.id.scheme === 'digest' ? record.id.id : `${record.id.scheme}:${record.id.id}`,
    permissions: bits.filter(([, bit]) => (record.permission & bit) !== 0).map(([name]) => name),
  }))
}
