import { spawn, type ChildProcess } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError, ConfigError } from '../kernel/errors.ts'
import type { Argv } from '../kernel/shell.ts'
import { LineTail } from './line-tail.ts'
import type { User } from './users.ts'

/** Lines of standard error that are kept for the status node. */
const keptLines = 40
/** A grandchild may hold the pipe open after the command has ended; its output is not waited for longer than this. */
const drainMs = 200

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ChildOptions {
  readonly argv: Argv
  readonly environment: NodeJS.ProcessEnv
  readonly user: User | undefined
  readonly stdin?: string | undefined
  /** Masks secrets in what is passed on and kept. */
  readonly redact: (text: string) => string
  /** inherit: standard output goes past us (a daemon's, at no cost); lines: it is passed on redacted; ignore: nothing is passed on, standard error neither. */
  readonly stdout: 'inherit' | 'lines' | 'ignore'
}

/** A running process, leader of a process group of its own. */
export interface Child {
  readonly pid: number
  readonly exited: Promise<Exit>
  /** Last lines of standard error, redacted. */
  errorLines(): readonly string[]
  kill(signal: NodeJS.Signals): void
  killGroup(signal: NodeJS.Signals): void
}

/** Throws CommandError when it cannot be started (not found, not executable). */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { file, args, identity } = commandLine(options)
  const child = spawn(file, args, {
    detached: true,
    env: environmentOf(options),
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', outputOf(options.stdout), 'pipe'],
    ...identity,
  })
  const exited = exitOf(child)
  await started(child, options.argv)
  if (options.stdin !== undefined) feed(child, options.stdin)
  const quiet = options.stdout === 'ignore'
  const errors = follow(child.stderr, options.redact, quiet ? undefined : process.stderr)
  if (options.stdout === 'lines') follow(child.stdout, options.redact, process.stdout)
  const pid = child.pid ?? 0
  return {
    pid,
    exited,
    errorLines: () => errors.lines.map(options.redact),
    kill: (signal) => send(pid, signal),
    killGroup: (signal) => send(-pid, signal),
  }
}

/** As a shell tells it: 128 + number for a signal. */
export function exitCodeOf(exit: Exit): number {
  return exit.code ?? 128 + (exit.signal ? constants.signals[exit.signal] : 0)
}

export function exitText(exit: Exit): string {
  return exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code}`
}

/** Node sets user and group, but takes all supplementary groups away; setpriv keeps them, where the image has it. */
function commandLine(options: ChildOptions): {
  readonly file: string
  readonly args: string[]
  readonly identity: { uid?: number; gid?: number }
} {
  const [file = '', ...args] = options.argv
  const { user } = options
  if (!user || user.uid === process.geteuid?.()) return { file, args, identity: {} }
  if (process.geteuid?.() !== 0) {
    throw new ConfigError(`cannot become user ${user.name}: the container does not run as root`, [], {
      hint: "run the app's container as root; kmesos-start drops to the service's user by itself",
    })
  }
  const setpriv = user.groups.length > 0 ? findSetpriv() : undefined
  if (setpriv === undefined) return { file, args, identity: { uid: user.uid, gid: user.gid } }
  const switches = [`--reuid=${user.uid}`, `--regid=${user.gid}`, `--groups=${user.groups.join(',')}`]
  return { file: setpriv, args: [...switches, '--', file, ...args], identity: {} }
}

/** util-linux's; busybox's has no such switches. */
function findSetpriv(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    try {
      const path = realpathSync(join(folder, 'setpriv'))
      if (!path.endsWith('busybox')) return path
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/** Our own settings and the place of the key are nobody else's business. */
function environmentOf(options: ChildOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KMESOS_'))
  const { user } = options
  const account = user ? { HOME: user.home, USER: user.name, LOGNAME: user.name } : {}
  return { ...Object.fromEntries(inherited), ...account, ...options.environment }
}

function outputOf(stdout: ChildOptions['stdout']): 'inherit' | 'pipe' | 'ignore' {
  return stdout === 'lines' ? 'pipe' : stdout
}

function started(child: ChildProcess, argv: Argv): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'not found in this image' : cause.message
      reject(new CommandError(`cannot start ${argv[0] ?? ''}: ${why}`, { cause }))
    })
  })
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    let closed: () => void = () => undefined
    const drained = new Promise<void>((done) => (closed = done))
    child.once('close', () => closed())
    child.once('exit', (code, signal) => {
      void Promise.race([drained, delay(drainMs)]).then(() => resolve({ code, signal }))
    })
  })
}

/** A program that does not read its input to the end is no fault. */
function feed(child: ChildProcess, text: string): void {
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(text)
}

function follow(
  stream: Readable | null,
  redact: (text: string) => string,
  to?: NodeJS.WriteStream,
): LineTail {
  const tail = new LineTail(keptLines, (line) => to?.write(`${redact(line)}\n`))
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => tail.add(text))
  stream?.on('end', () => tail.end())
  return tail
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended in the meantime.
  }
}
