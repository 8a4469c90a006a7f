import { NodeExistsError } from '../zookeeper/errors.ts'
import type { Container } from './container.ts'
import { steady } from './steady.ts'

export interface Lock {
  /** Aborted when the lock was lost for good, or the container shall stop. */
  readonly signal: AbortSignal
  release(): Promise<void>
}

interface Holder {
  readonly host: string
  readonly instance: string
  readonly session: string
  readonly since: string
}

/**
 * An ephemeral node; undefined when somebody else holds it. After an expired session the lock is taken again at once; only
 * when somebody else was faster the signal tells that it is lost: ZooKeeper's absence alone does not kill a migration.
 */
export async function takeLock(container: Container, path: string): Promise<Lock | undefined> {
  if (!(await tryLock(container, path))) return undefined
  const { store } = container
  const lost = new AbortController()
  const released = new AbortController()
  const signal = AbortSignal.any([lost.signal, container.signal])
  let session = store.sessionId
  store.onState((state) => {
    if (state !== 'connected' || store.sessionId === session) return
    session = store.sessionId
    tryLock(container, path).then(
      (held) => held || lost.abort(new Error('somebody else has the lock')),
      (error: unknown) => lost.abort(error),
    )
  }, released.signal)
  return {
    signal,
    release: async () => {
      released.abort()
      // While ZooKeeper is away the session's end frees it.
      if (!lost.signal.aborted && store.state === 'connected')
        await removeOwn(container, path).catch(() => undefined)
    },
  }
}

async function tryLock(container: Container, path: string): Promise<boolean> {
  const { store, acl, identity, clock, signal } = container
  return steady(store, signal, async () => {
    const { host, instance } = identity
    const since = new Date(clock.now()).toISOString()
    const holder: Holder = { host, instance, session: store.sessionId, since }
    try {
      await store.create(path, JSON.stringify(holder), { acl, ephemeral: true })
      return true
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error
      return recognize(container, path)
    }
  })
}

async function removeOwn(container: Container, path: string): Promise<void> {
  const node = await container.store.read(path)
  const holder = node && (JSON.parse(node.data) as Partial<Holder>)
  if (holder?.instance === container.identity.instance) await container.store.remove(path)
}

/** The answer to our own creation may have been lost, or the node is of a session of ours that is gone. */
async function recognize(container: Container, path: string): Promise<boolean> {
  const { store, identity } = container
  const node = await store.read(path)
  const holder = node && (JSON.parse(node.data) as Partial<Holder>)
  if (holder?.instance !== identity.instance) return false
  if (holder.session === store.sessionId) return true
  await store.remove(path)
  return tryLock(container, path)
}
