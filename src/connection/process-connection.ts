import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Clock } from '../kernel/clock.ts'
import { CommandError, ConfigError, messageOf, UnreachableError } from '../kernel/errors.ts'
import type { Argv } from '../kernel/shell.ts'
import { execDetached } from './exec-detached.ts'
import { downloadArgv, uploadArgv } from './file-programs.ts'
import { buildCommand, type RemoteCommand } from './remote-command.ts'
import { runProcess, type ProcessPort, type RawResult } from './run-process.ts'
import type { Become, Connection, ExecOptions, ExecResult, UploadOptions, UploadSource } from './types.ts'

/** Starts processes somewhere: what the SSH and the local connection differ in. */
export interface ProcessStarter {
  readonly host: string
  /** Who we are there: becoming that user needs nothing. */
  readonly user: string
  /** Whether the way to a process may be lost while it runs. */
  readonly canBeLost: boolean
  /** Runs `work` on a started process; the place it takes is free again when `work` has ended. */
  withProcess<R>(argv: Argv, work: (process: ProcessPort) => Promise<R>, signal?: AbortSignal): Promise<R>
  close(): Promise<void>
}

export interface ProcessConnectionOptions {
  readonly clock: Clock
  readonly becomeTimeoutMs: number
  /** For commands that bring no limit of their own. */
  readonly commandTimeoutMs?: number | undefined
  /** Of the host's variables: for a become that brings none of its own. */
  readonly becomeFlags?: readonly string[] | undefined
}

/** As ExecOptions, for the inside. */
export interface RunOptions extends Omit<ExecOptions, 'stdin' | 'detached'> {
  readonly stdin?: string | Buffer | Readable
  readonly onChunk?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  /** The command as messages name it, where it is not the caller's own. */
  readonly shown?: Argv
}

/** A Connection over anything that can start processes: commands, uploads and downloads are processes. */
export function processConnection(starter: ProcessStarter, options: ProcessConnectionOptions): Connection {
  const run = (argv: Argv, how: RunOptions): Promise<RawResult> => runOn(starter, { argv, how, options })
  return {
    host: starter.host,
    exec: async (argv, how = {}) => textResult(await execWith(run, { starter, argv, how })),
    upload: (source, destination, how = {}) => upload({ source, destination, how, host: starter.host }, run),
    download: (path, how = {}) => download(path, { how, host: starter.host }, run),
    close: () => starter.close(),
  }
}

function execWith(
  run: Run,
  { starter, argv, how: all }: { starter: ProcessStarter; argv: Argv; how: ExecOptions },
): Promise<RawResult> {
  const { detached, ...how } = all
  if (!detached || !starter.canBeLost) return run(argv, how)
  return execDetached({ host: starter.host, argv, how, detached }, run)
}

async function runOn(
  starter: ProcessStarter,
  { argv, how, options }: { argv: Argv; how: RunOptions; options: ProcessConnectionOptions },
): Promise<RawResult> {
  const become = neededBecome(starter.user, how.become, options.becomeFlags)
  const timeoutMs = how.timeoutMs ?? options.commandTimeoutMs
  const command: RemoteCommand = buildCommand(argv, {
    become,
    environment: how.environment,
    tracked: timeoutMs !== undefined || how.signal !== undefined,
    token: randomBytes(9).toString('hex'),
  })
  let pid: string | undefined
  const { stdin, signal, onLine, onChunk, shown = argv } = how
  const { clock, becomeTimeoutMs } = options
  const rest = { host: starter.host, command, become, stdin, timeoutMs, signal, onLine, onChunk }
  const onPid = (known: string): void => void (pid = known)
  const work = (process: ProcessPort): Promise<RawResult> =>
    runProcess(process, { ...rest, argv: shown, onPid, clock, becomeTimeoutMs })
  try {
    return await starter.withProcess(command.argv, work, signal)
  } catch (error) {
    if (become && pid !== undefined && !(error instanceof UnreachableError))
      await killAs(become, pid, { starter, options })
    throw error
  }
}

/** Our own user may not end a process of another user: that is done with the same rights that it began with. */
async function killAs(
  become: Become,
  pid: string,
  { starter, options }: { readonly starter: ProcessStarter; readonly options: ProcessConnectionOptions },
): Promise<void> {
  // The id came from the host: only a number may go into a command.
  if (!/^[1-9][0-9]*$/.test(pid)) return
  const argv: Argv = ['sh', '-c', killProgram, pid]
  await runOn(starter, { argv, how: { become, timeoutMs: killLimitMs }, options }).catch(() => undefined)
}

/** The process with all of its group. `kill -KILL -- -PID` is no POSIX sh everywhere. */
export const killProgram = 'kill -KILL "-$0" 2>/dev/null || kill -KILL "$0" 2>/dev/null'
const killLimitMs = 5000

function neededBecome(
  user: string,
  become: Become | undefined,
  flags: readonly string[] | undefined,
): Become | undefined {
  if (become === undefined || become.user === user) return undefined
  return flags === undefined ? become : { flags, ...become }
}

function textResult(result: RawResult): ExecResult {
  return { ...result, stdout: result.stdout.toString('utf8'), stderr: result.stderr.toString('utf8') }
}

type Run = (argv: Argv, how: RunOptions) => Promise<RawResult>

interface Upload {
  readonly source: UploadSource
  readonly destination: string
  readonly how: UploadOptions
  readonly host: string
}

async function upload(request: Upload, run: Run): Promise<void> {
  const { source, destination, how, host } = request
  const { mode, ...rest } = how
  const body = await openSource(source)
  const result = await run(uploadArgv(destination, body.bytes, mode), { ...rest, stdin: body.stdin })
  if (result.exitCode === 0) return
  throw new CommandError(`cannot write ${destination} on ${host}: ${lastLine(result)}`, {
    hint: 'check the folder, its owner and the space left on its disk',
  })
}

async function openSource(source: UploadSource): Promise<{ bytes: number; stdin: Buffer | Readable }> {
  if ('content' in source) {
    const stdin = Buffer.from(source.content as string)
    return { bytes: stdin.length, stdin }
  }
  try {
    return {
      bytes: (await stat(source.file)).size,
      stdin: createReadStream(source.file, { highWaterMark: 256 * 1024 }),
    }
  } catch (error) {
    throw new ConfigError(`cannot read ${source.file}: ${messageOf(error)}`, [], { cause: error })
  }
}

async function download(
  path: string,
  context: { how: { readonly become?: Become }; host: string },
  run: Run,
): Promise<Buffer> {
  const result = await run(downloadArgv(path), context.how)
  if (result.exitCode === 0) return result.stdout
  throw new CommandError(`cannot read ${path} on ${context.host}: ${lastLine(result)}`)
}

function lastLine(result: RawResult): string {
  const text = result.stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
  return text === '' ? `exit code ${String(result.exitCode)}` : text
}
