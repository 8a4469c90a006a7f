import { Changes, until } from './changes.ts'
import type { Container } from './container.ts'
import { takeLock, type Lock } from './lock.ts'

/**
 * One member of a service at a time restarts for a new configuration: all of them see the change in the same moment, and
 * a service must not be gone as a whole. The turn is held until the new daemon is registered, or its session ends.
 */
export async function awaitTurn(container: Container, signal: AbortSignal): Promise<Lock> {
  const path = container.layout.turnOf(container.identity.service)
  for (let told = false; ; told = true) {
    const lock = await takeLock(container, path)
    if (lock) return lock
    if (!told) container.log('daemon', 'waits for its turn to restart')
    await awaitAbsence(container, path, signal)
  }
}

async function awaitAbsence(container: Container, path: string, signal: AbortSignal): Promise<void> {
  const changes = new Changes()
  const stop = new AbortController()
  let absent = false
  const notice = (node: unknown): void => {
    absent = node === undefined
    changes.tell()
  }
  container.store.watch(path, notice, { signal: AbortSignal.any([stop.signal, signal]) })
  try {
    await until([changes], () => absent || undefined, signal)
  } finally {
    stop.abort()
  }
}
