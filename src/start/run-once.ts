import { CommandError } from '../kernel/errors.ts'
import { parseStatusNode } from '../start-spec/parse.ts'
import type { CommandSpec, StatusNode } from '../start-spec/types.ts'
import { BadVersionError, ConnectionLostError, NodeExistsError } from '../zookeeper/errors.ts'
import { Changes } from './changes.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { awaitRequirements } from './gate.ts'
import { takeLock, type Lock } from './lock.ts'
import { runAttempt } from './run-command.ts'
import { statusText, type StatusChange } from './status.ts'
import { steady } from './steady.ts'

interface Once {
  readonly container: Container
  readonly command: CommandSpec
  readonly config: Config
  readonly statusPath: string
  readonly lockPath: string
}

/**
 * Runs a command once per cluster and digest. Who gets the lock runs it, the others watch; a holder that dies frees the
 * lock with its session. Every step is recorded by compare-and-set on the status node, so a holder that lost its lock
 * without knowing cannot record anything over its successor: exactly one success stands for each digest. `prepare` (wait
 * for requirements, write files) is left out when there is nothing to do.
 */
export async function runOnce(
  container: Container,
  step: { readonly command: CommandSpec; readonly config: Config },
  prepare: () => Promise<void>,
): Promise<void> {
  const { command, config } = step
  const { service } = container.identity
  const { layout } = container
  const statusPath = layout.statusOf('global', service, command.name)
  const once: Once = {
    container,
    command,
    config,
    statusPath,
    lockPath: layout.lockOf(service, command.name),
  }
  for (let prepared = false; ; prepared = true) {
    if (await isDone(once)) {
      container.log(command.name, 'is done for this digest')
      return
    }
    if (!prepared) {
      await ensureStatusNode(once)
      await prepare()
    }
    const lock = await takeLock(container, once.lockPath)
    if (!lock) {
      await awaitOthers(once)
      continue
    }
    try {
      if (await runUnderLock(once, lock)) return
    } finally {
      await lock.release()
    }
  }
}

async function readStatus(
  once: Once,
): Promise<{ readonly node: StatusNode | undefined; readonly version: number }> {
  const { store, signal } = once.container
  const stored = await steady(store, signal, () => store.read(once.statusPath))
  const parsed = stored && parseStatusNode(stored.data, once.statusPath)
  return { node: parsed && 'value' in parsed ? parsed.value : undefined, version: stored?.version ?? -1 }
}

async function isDone(once: Once): Promise<boolean> {
  const { node } = await readStatus(once)
  return node?.state === 'done' && node.digest === once.command.digest
}

/** The lock stands below the status node. */
async function ensureStatusNode(once: Once): Promise<void> {
  const { store, signal, acl } = once.container
  const text = statusText(once.container, { state: 'waiting', digest: once.command.digest, attempt: 0 })
  try {
    await steady(store, signal, () => store.create(once.statusPath, text, { acl }))
  } catch (error) {
    if (!(error instanceof NodeExistsError)) throw error
  }
}

/** Until it is done, or the lock is free. Waits by watches, and tells about it like any gate. */
async function awaitOthers(once: Once): Promise<void> {
  const { container, command, config } = once
  const changes = new Changes()
  const stop = new AbortController()
  let held: boolean | undefined
  container.store.watch(
    once.lockPath,
    (node) => {
      held = node !== undefined
      changes.tell()
    },
    { signal: AbortSignal.any([stop.signal, container.signal]) },
  )
  const own = { service: container.identity.service, command: command.name, scope: 'global' } as const
  try {
    await awaitRequirements(container, {
      step: command.name,
      requires: [own],
      config,
      also: [changes],
      orElse: () => held === false,
    })
  } finally {
    stop.abort()
  }
}

/** True when it is done now; false when the lock was lost and all begins again. Throws CommandError after the last try. */
async function runUnderLock(once: Once, lock: Lock): Promise<boolean> {
  const { container, command } = once
  const before = await readStatus(once)
  const sameDigest = before.node?.digest === command.digest
  if (before.node?.state === 'done' && sameDigest) return true
  let version = before.version
  let number = sameDigest ? (before.node?.attempt ?? 0) : 0
  const record = async (change: Omit<StatusChange, 'digest' | 'attempt'>): Promise<void> => {
    version = await compareAndSet(once, { ...change, digest: command.digest, attempt: number }, version)
  }
  try {
    for (let tries = 1; ; tries++) {
      number++
      await record({ state: 'running' })
      container.log(command.name, `runs, attempt ${number}`)
      const attempt = await runAttempt(container, once, lock.signal)
      if (attempt.ok) {
        await record({ state: 'done' })
        container.log(command.name, 'done')
        return true
      }
      const last = tries > command.retries
      container.log(
        command.name,
        `failed: ${attempt.error}${last ? '' : `; tries again in ${command.delaySeconds} s`}`,
      )
      await record({ state: last ? 'error' : 'retry', error: attempt.error, log: attempt.log })
      if (last) throw failure(once, attempt.error, number)
      await container.clock.sleep(command.delaySeconds * 1000, lock.signal)
    }
  } catch (error) {
    container.signal.throwIfAborted()
    if (error instanceof BadVersionError || lock.signal.aborted) {
      container.log(command.name, 'lost the lock; looks again')
      return false
    }
    throw error
  }
}

function failure(once: Once, error: string, attempt: number): CommandError {
  return new CommandError(`${once.command.name} failed at attempt ${attempt}: ${error}`)
}

/** The new version. Throws BadVersionError when somebody else has recorded something in the meantime. */
async function compareAndSet(once: Once, change: StatusChange, version: number): Promise<number> {
  const { store, signal } = once.container
  const text = statusText(once.container, change)
  await steady(store, signal, async () => {
    try {
      await store.set(once.statusPath, text, version)
    } catch (error) {
      if (error instanceof ConnectionLostError || !(error instanceof BadVersionError)) throw error
      // A try whose answer was lost may have worked: the text names our instance and moment.
      if ((await store.read(once.statusPath))?.data !== text) throw error
    }
  })
  return version + 1
}
