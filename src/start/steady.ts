import { ConnectionLostError } from '../zookeeper/errors.ts'
import type { ConfigStore } from '../zookeeper/types.ts'

/** Resolves as soon as the store is connected; rejects with the signal's reason. */
export async function awaitConnected(
  store: Pick<ConfigStore, 'state' | 'onState'>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  if (store.state === 'connected') return
  const done = new AbortController()
  try {
    await new Promise<void>((resolve, reject) => {
      const stopped = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', stopped, { signal: done.signal })
      store.onState((state) => state === 'connected' && resolve(), done.signal)
    })
  } finally {
    done.abort()
  }
}

/** Repeats work that lost its connection as soon as there is one again: a container outlives ZooKeeper's absence. */
export async function steady<T>(
  store: Pick<ConfigStore, 'state' | 'onState'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    await awaitConnected(store, signal)
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error
    }
  }
}
