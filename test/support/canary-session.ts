import zookeeper from 'node-zookeeper-client'
import { digestIdOf } from '../../src/zookeeper/identity.ts'
import type { ConfigStore, DigestLogin } from '../../src/zookeeper/types.ts'
import { openConnection } from '../../src/zookeeper/zookeeper-connection.ts'

export interface CanaryOptions {
  readonly server: string
  readonly login: DigestLogin
  /** Of its ephemeral node. */
  readonly path: string
  readonly sessionTimeoutMs: number
}

const connectTimeoutMs = 5_000
const allPermissions = 31

/**
 * Opens a session that nobody takes up again once its connection broke. When its node is gone, the server has ended all
 * sessions whose owners did not come back either: whoever is still registered has come back.
 */
export async function openCanary(options: CanaryOptions): Promise<void> {
  const { server, login, path, sessionTimeoutMs } = options
  const connection = await openConnection({
    ...{ server, sessionTimeoutMs, connectTimeoutMs },
    ...{ session: undefined, logins: [login] },
  })
  const acl = [new zookeeper.ACL(allPermissions, new zookeeper.Id('digest', digestIdOf(login)))]
  const mode = zookeeper.CreateMode.EPHEMERAL
  await connection.request<string>((client, done) => client.create(path, Buffer.from(''), acl, mode, done))
}

/** Resolves when there is no such node (any more); rejects with the signal's reason. */
export function awaitGone(store: ConfigStore, path: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    either.addEventListener('abort', () => reject(either.reason as Error), { once: true })
    const look = (node: unknown): void => {
      if (node !== undefined) return
      resolve()
      over.abort()
    }
    store.watch(path, look, { signal: either, onError: reject })
  })
}
