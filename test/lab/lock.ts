import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { once } from 'node:events'
import { CommandError } from '../../src/kernel/errors.ts'

export interface LockOptions {
  /** Several holders at once, while no one holds it alone. */
  readonly shared?: boolean
  /** Told once when somebody else holds it. */
  readonly onWait?: () => void
}

/**
 * Runs `work` while holding a lock on a file, against other processes too. The lock is held by a child that lives as
 * long as its standard input is open, so that the kernel frees it however this process ends.
 */
export async function withLock<R>(
  file: string,
  work: () => Promise<R>,
  options: LockOptions = {},
): Promise<R> {
  await mkdir(dirname(file), { recursive: true })
  const mode = options.shared === true ? '--shared' : '--exclusive'
  const holder = spawn('flock', [mode, file, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(holder, 'exit')
  const waiting = setTimeout(() => options.onWait?.(), waitNoticeMs)
  try {
    const first = await Promise.race([
      once(holder.stdout, 'data').then(() => 'held'),
      exited.then(() => 'gone'),
    ])
    if (first === 'gone') throw new CommandError(`cannot lock ${file}: flock ended with ${holder.exitCode}`)
    clearTimeout(waiting)
    return await work()
  } finally {
    clearTimeout(waiting)
    holder.stdin.end()
    await exited
  }
}

/** A lock that is free is had in about 5 ms. */
const waitNoticeMs = 500
