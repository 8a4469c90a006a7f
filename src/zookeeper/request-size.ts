import { refuseTooLarge } from './errors.ts'
import { largestNodeBytes, type NodeChange } from './types.ts'

/** A transaction is one request: jute.maxbuffer (1 MiB - 1) less room for paths and ACLs. */
export const largestTransactionBytes = 1_000_000
/** Path, ACL and head of one change, roughly. */
const overheadBytes = 400

/** The bytes of a node's data. Throws when they are more than a node may hold. */
export function bytesOf(path: string, data: string): Buffer {
  const bytes = Buffer.from(data)
  refuseTooLarge(path, bytes.length, largestNodeBytes)
  return bytes
}

/** Roughly the size of the request that carries all changes. */
export function bytesOfAll(changes: readonly NodeChange[]): number {
  return changes.reduce((sum, change) => {
    const size = 'data' in change ? bytesOf(change.path, change.data).length : 0
    return sum + size + change.path.length + overheadBytes
  }, 0)
}
