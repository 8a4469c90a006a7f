import { PassThrough } from 'node:stream'
import { CommandError, UnreachableError } from '../kernel/errors.ts'
import type { Argv } from '../kernel/shell.ts'
import { attachArgv, startArgv, stopArgv } from './detached-programs.ts'
import type { DetachedRun } from './detached-run.ts'
import type { RunOptions } from './process-connection.ts'
import { shownArgv, type RawResult } from './run-process.ts'
import type { ExecOptions } from './types.ts'

type Run = (argv: Argv, how: RunOptions) => Promise<RawResult>
type Stream = 'stdout' | 'stderr'

export interface DetachedRequest {
  readonly host: string
  readonly argv: Argv
  readonly how: ExecOptions
  readonly detached: DetachedRun
}

/** Starts a detached run or takes it up again, and follows it to its end. Throws as Connection.exec does. */
export async function execDetached(request: DetachedRequest, run: Run): Promise<RawResult> {
  const { detached, host, argv } = request
  const result = await followOnce(request, run)
  switch (detached.state) {
    case 'ended':
      return resultOf(detached, detached.exitCode)
    case 'plain':
      return { ...resultOf(detached, result.exitCode), ...(result.signal ? { signal: result.signal } : {}) }
    case 'absent':
      if (detached.hasBegun) throw unknownOutcome(host, argv)
      detached.renew()
      return execDetached(request, run)
    case 'gone':
      throw new CommandError(`${shownArgv(argv)} was ended on ${host} without telling its exit code`, {
        hint: 'look whether it was killed (out of memory?) or its disk is full, then run the same again',
      })
    default:
      // The shell could not even begin: its words are all there is.
      return result
  }
}

async function followOnce(request: DetachedRequest, run: Run): Promise<RawResult> {
  const { detached, argv, how } = request
  const body = Buffer.from((how.stdin ?? '') as string).toString('base64')
  const stdin = new PassThrough()
  const isNew = !detached.mayRun
  if (isNew) stdin.write(body)
  const channel = detached.opened(how.onLine)
  const words = isNew
    ? startArgv(detached.name, body.length, argv)
    : attachArgv(detached.name, detached.arrived)
  const onChunk = (stream: Stream, chunk: Buffer): void => {
    detached.push(channel, stream, chunk)
    if (detached.state === 'plain' && !stdin.writableEnded) stdin.end()
    if ((detached.state === 'ended' || detached.state === 'gone') && !stdin.writableEnded) stdin.end('ok\n')
  }
  try {
    const { onLine: _lines, detached: _detached, ...rest } = how
    const result = await run(words, { ...rest, stdin, onChunk, shown: argv })
    detached.finish()
    return result
  } catch (error) {
    if (detached.state === 'ended') {
      detached.finish()
      return resultOf(detached, detached.exitCode)
    }
    if (!(error instanceof UnreachableError)) await stop(request, run)
    throw error
  } finally {
    stdin.destroy()
  }
}

/** After a time-out or an abort: closing the channel would leave the program running. */
async function stop({ detached, how }: DetachedRequest, run: Run): Promise<void> {
  const become = how.become ? { become: how.become } : {}
  await run(stopArgv(detached.name), { ...become, timeoutMs: stopLimitMs }).catch(() => undefined)
}
const stopLimitMs = 5000

function resultOf(detached: DetachedRun, exitCode: number | null): RawResult {
  return { exitCode, stdout: detached.output('stdout'), stderr: detached.output('stderr') }
}

function unknownOutcome(host: string, argv: Argv): UnreachableError {
  return new UnreachableError(
    `lost the connection to ${host} while it ran: ${shownArgv(argv)}; the host does not know of it any more, its outcome is unknown`,
    { hint: 'was the host started anew? look at what was done, then run the same again' },
  )
}
