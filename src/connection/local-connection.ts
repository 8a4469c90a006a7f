import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import type { Argv } from '../kernel/shell.ts'
import { messageOf } from '../kernel/errors.ts'
import { processConnection, type ProcessConnectionOptions } from './process-connection.ts'
import type { ProcessEnd, ProcessPort } from './run-process.ts'
import type { Connection } from './types.ts'

/** This machine as a host (`ansible_connection: local`). */
export function localConnection(host: string, options: ProcessConnectionOptions): Connection {
  const running = new Set<ProcessPort>()
  const withProcess = async <R>(argv: Argv, work: (process: ProcessPort) => Promise<R>): Promise<R> => {
    const process = start(argv)
    running.add(process)
    try {
      return await work(process)
    } finally {
      running.delete(process)
    }
  }
  const close = async (): Promise<void> => {
    for (const process of running) process.kill()
    await Promise.all([...running].map((process) => process.ended))
  }
  return processConnection({ host, user: userInfo().username, canBeLost: false, withProcess, close }, options)
}

function start(argv: Argv): ProcessPort {
  const [program = '', ...words] = argv
  // A group of its own, so that a kill reaches what the command has started.
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended: endOf(child, program),
    kill: () => killGroup(child.pid),
  }
}

async function endOf(child: ReturnType<typeof spawn>, program: string): Promise<ProcessEnd> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return { exitCode: code, ...(signal ? { signal } : {}), lost: false }
  } catch (error) {
    // A shell answers 127 for a program that is not there; so do we, as a host over SSH would.
    child.stderr?.emit('data', Buffer.from(`${program}: ${messageOf(error)}\n`))
    return { exitCode: (error as NodeJS.ErrnoException).code === 'EACCES' ? 126 : 127, lost: false }
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
