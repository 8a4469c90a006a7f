import { spawn } from 'node:child_process'
import { CommandError } from '../../src/kernel/errors.ts'
import { quoteArgv, type Argv } from '../../src/kernel/shell.ts'

export interface RunOptions {
  /** What the command is for: `make the root file system`. The error begins with it. */
  readonly what?: string
  readonly input?: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void
  /** How many of the last lines an error shows; 20 unless told. */
  readonly tail?: number
}

export interface RunResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command on this machine; throws CommandError with the tail of its output unless it ends with 0. */
export async function run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const result = await tryRun(argv, options)
  if (result.code === 0) return result
  const words = quoteArgv(argv)
  throw new CommandError(`${options.what ?? argv[0]} failed with exit code ${result.code}: ${words}`, {
    detail: lastLines(`${result.stdout}\n${result.stderr}`, options.tail ?? 20),
  })
}

/** As `run`, but an exit code that is not 0 is an answer, not an error. A command that cannot be started has code 127. */
export async function tryRun(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const child = spawn('setpriv', [...endsWithUs, ...argv], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    signal: options.signal,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const stdout: string[] = []
  const stderr: string[] = []
  collect(child.stdout, stdout, options.onLine)
  collect(child.stderr, stderr, options.onLine)
  // A child that does not read its input closes the pipe early: no fault.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const code = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      stderr.push(error.message)
      resolve(127)
    })
    child.on('close', (exit, signal) => resolve(exit ?? (signal === null ? 1 : 128)))
  })
  options.signal?.throwIfAborted()
  return { code, stdout: stdout.join(''), stderr: stderr.join('') }
}

/** Were we killed, a `cp` that goes on would write into what the next run is about to remove. */
const endsWithUs: Argv = ['--pdeathsig', 'KILL']

/** For a command that starts many others: all of them end with it, and so with us. */
export const endsWhole: Argv = ['unshare', '--pid', '--fork', '--kill-child=KILL', '--mount', '--mount-proc']

// Docker colors the lines of a failing step.
const colors = /\u001b\[[0-9;]*m/g

/** The last `count` lines that are not empty, without colors. */
export function lastLines(text: string, count: number): string {
  const lines = text
    .replaceAll(colors, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.slice(-count).join('\n')
}

function collect(stream: NodeJS.ReadableStream, into: string[], onLine?: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    into.push(chunk)
    if (!onLine) return
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(onLine)
  })
  stream.on('end', () => {
    if (rest !== '') onLine?.(rest)
  })
}
