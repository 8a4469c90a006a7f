import type { Clock } from '../kernel/clock.ts'
import { LockedError } from '../kernel/errors.ts'
import { NodeExistsError } from '../zookeeper/errors.ts'
import { acls } from '../zookeeper/identity.ts'
import { rootPath, type Layout } from '../zookeeper/layout.ts'
import type { Acl, ConfigStore } from '../zookeeper/types.ts'

/** Who holds the operator's lock; shown to those who wait for it. */
export interface LockHolder {
  readonly who: string
  readonly host: string
  readonly pid: number
  readonly command: string
  /** ISO time. */
  readonly since: string
}

export interface LockOptions {
  readonly store: ConfigStore
  readonly layout: Layout
  readonly holder: LockHolder
  /** Digest ids of the operator and of the reader. */
  readonly identities: { readonly operator: string; readonly reader: string }
  /**
   * How long a held lock is waited for. A holder that was killed keeps it until its session ends, so this should be a
   * little more than the session time-out.
   */
  readonly waitMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onWait?: (holder: LockHolder | undefined) => void
}

/**
 * Runs work while holding the operator's lock: an ephemeral node, so that a dead holder frees it. The work's signal aborts
 * when the lock is lost (the session expired). Throws LockedError, which names the holder.
 */
export async function withOperatorLock<R>(
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { store, layout, signal } = options
  await acquire(options)
  const held = new AbortController()
  const lost = (): void =>
    held.abort(
      new LockedError('the lock was lost: the session with ZooKeeper expired', {
        hint: 'run the same command again; it goes on where this one stopped',
      }),
    )
  const ended = new AbortController()
  store.onState((state) => state === 'expired' && lost(), ended.signal)
  try {
    return await work(AbortSignal.any([signal, held.signal]))
  } finally {
    ended.abort()
    // A lock that cannot be removed now goes with the session.
    if (!held.signal.aborted) await store.remove(layout.lock).catch(() => undefined)
  }
}

async function acquire(options: LockOptions): Promise<void> {
  const { store, layout, holder, identities, clock } = options
  const readable = acls.readable(identities.operator, identities.reader)
  for (const path of [rootPath, layout.root]) await ensureNode(store, path, readable)
  const deadline = clock.now() + options.waitMs
  for (;;) {
    try {
      await store.create(layout.lock, JSON.stringify(holder), { acl: readable, ephemeral: true })
      return
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error
    }
    await awaitRelease(options, deadline)
  }
}

/** Makes a node unless it is there. */
export async function ensureNode(store: ConfigStore, path: string, acl: Acl): Promise<void> {
  if ((await store.read(path)) !== undefined) return
  await store.create(path, '', { acl }).catch((error: unknown) => {
    if (!(error instanceof NodeExistsError)) throw error
  })
}

/** Resolves when the lock is free; throws LockedError at the deadline. By a watch, not by asking again. */
async function awaitRelease(options: LockOptions, deadline: number): Promise<void> {
  const { store, layout, clock, signal } = options
  const over = new AbortController()
  let holder: LockHolder | undefined
  const freed = new Promise<'freed'>((resolve, reject) => {
    const listener = (node: { readonly data: string } | undefined): void => {
      if (node === undefined) return resolve('freed')
      holder = parseHolder(node.data)
      options.onWait?.(holder)
    }
    store.watch(layout.lock, listener, { signal: over.signal, onError: reject })
  })
  try {
    const left = Math.max(0, deadline - clock.now())
    const late = clock.sleep(left, AbortSignal.any([over.signal, signal])).then(() => 'late' as const)
    if ((await Promise.race([freed, late])) === 'late') throw lockedError(holder)
  } finally {
    over.abort()
  }
}

function lockedError(holder: LockHolder | undefined): LockedError {
  const who = holder
    ? `${holder.who} on ${holder.host} (process ${holder.pid}) since ${holder.since}: ${holder.command}`
    : 'somebody'
  return new LockedError(`the deployment is locked by ${who}`, {
    hint: 'wait until that command has ended, or end it; the lock of a killed one frees itself within seconds',
  })
}

function parseHolder(data: string): LockHolder | undefined {
  try {
    return JSON.parse(data) as LockHolder
  } catch {
    return undefined
  }
}
