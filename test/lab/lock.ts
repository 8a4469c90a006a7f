import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { CommandError } from '../../src/kernel/errors.ts'

export interface LockOptions {
  /** Several holders at once, while no one holds it alone. */
  readonly shared?: boolean
  /** Told once when somebody else holds it. */
  readonly onWait?: () => void
}

/** Gives the lock back. */
export type Unlock = () => Promise<void>

/**
 * Takes a lock on a file, against other processes too; waits while somebody else holds it. It is held by a child that
 * lives as long as its standard input is open, so that the kernel frees it however this process ends.
 */
export async function takeLock(file: string, options: LockOptions = {}): Promise<Unlock> {
  await mkdir(dirname(file), { recursive: true })
  const mode = options.shared === true ? '--shared' : '--exclusive'
  const holder = spawn('flock', [mode, file, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(holder, 'exit')
  const waiting = setTimeout(() => options.onWait?.(), waitNoticeMs)
  const held = once(holder.stdout, 'data').then(() => true)
  const first = await Promise.race([held, exited.then(() => false)])
  clearTimeout(waiting)
  // Who forgets to give the lock back may still end, and gives it back by that.
  holder.unref()
  for (const stream of [holder.stdin, holder.stdout]) (stream as Socket).unref()
  if (!first) throw new CommandError(`cannot lock ${file}: flock ended with ${holder.exitCode}`)
  return async () => {
    holder.ref()
    holder.stdin.end()
    await exited
  }
}

/** Runs `work` while holding the lock. */
export async function withLock<R>(
  file: string,
  work: () => Promise<R>,
  options: LockOptions = {},
): Promise<R> {
  const unlock = await takeLock(file, options)
  try {
    return await work()
  } finally {
    await unlock()
  }
}

/** A lock that is free is had in about 5 ms. */
const waitNoticeMs = 500
