import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execDetached } from '../../src/connection/exec-detached.ts'
import type { RunOptions } from '../../src/connection/process-connection.ts'
import type { RawResult } from '../../src/connection/run-process.ts'
import type { Connection, ExecOptions, Transport } from '../../src/connection/types.ts'
import { UnreachableError } from '../../src/kernel/errors.ts'
import type { Argv } from '../../src/kernel/shell.ts'
import { localTransport, type CountingTransport } from './run-playbook.ts'

/** Where one channel is lost: before the program was sent, or after so many lines of its standard output have come. */
export type Loss = 'before' | number

/** What was read over one channel, and whether it was cut. */
export interface Channel {
  readonly detached: boolean
  lines: number
  cut: boolean
}

/**
 * This machine as a host that is reached over channels that can be lost: programs that change something are run detached, as
 * over SSH, by the same code. `lossOf` says of the channel with this number (from 0) where it is lost, if it is. `folder` takes the
 * programs' temporary files: those of another test on this machine would be waited for.
 */
export function losingTransport(
  folder: string,
  lossOf: (channel: number) => Loss | undefined,
): CountingTransport & { readonly channels: readonly Channel[] } {
  const channels: Channel[] = []
  const transport = {
    ...localTransport(),
    channels,
    connect: async (host: Parameters<Transport['connect']>[0]): Promise<Connection> => {
      transport.connections++
      const inner = await localTransport().connect(host)
      const exec = async (argv: Argv, options: ExecOptions = {}): ReturnType<Connection['exec']> => {
        const { detached } = options
        const run = (words: Argv, how: RunOptions): Promise<RawResult> =>
          overChannel(words, how, {
            loss: lossOf(channels.length),
            folder,
            channel: opened(channels, detached !== undefined),
          })
        const raw = await (detached
          ? execDetached({ host: host.name, argv, how: options, detached }, run)
          : run(argv, options))
        return { ...raw, stdout: String(raw.stdout), stderr: String(raw.stderr) }
      }
      return { ...inner, exec }
    },
  }
  return transport
}

function opened(channels: Channel[], detached: boolean): Channel {
  const channel = { detached, lines: 0, cut: false }
  channels.push(channel)
  return channel
}

async function overChannel(
  argv: Argv,
  how: RunOptions,
  {
    loss,
    channel,
    folder,
  }: { readonly loss: Loss | undefined; readonly channel: Channel; readonly folder: string },
): Promise<RawResult> {
  const lost = (): never => {
    channel.cut = true
    throw new UnreachableError('the channel was cut by the test')
  }
  if (loss === 'before') lost()
  const [program = '', ...words] = argv
  const child = spawn(program, words, { stdio: 'pipe', env: { ...process.env, TMPDIR: folder } })
  const closed = once(child, 'close')
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  child.stdin.on('error', () => undefined)
  const take = (stream: 'stdout' | 'stderr', line: Buffer): void => {
    if (channel.cut) return
    if (stream === 'stdout' && channel.lines++ === loss) {
      channel.cut = true
      // What sshd does when its client is gone: all ends of the pipes are closed.
      for (const end of [child.stdin, child.stdout, child.stderr]) end.destroy()
      return
    }
    output[stream].push(line)
    how.onChunk?.(stream, line)
    if (how.onLine) how.onLine(String(line).replace(/\n$/, ''), stream)
  }
  for (const stream of ['stdout', 'stderr'] as const) inLines(child[stream], (line) => take(stream, line))
  if (typeof how.stdin === 'string' || how.stdin instanceof Uint8Array) child.stdin.end(how.stdin)
  else how.stdin?.pipe(child.stdin)
  const [exitCode] = (await closed) as [number | null]
  if (channel.cut) lost()
  return { exitCode, stdout: Buffer.concat(output.stdout), stderr: Buffer.concat(output.stderr) }
}

/** Line by line, with their ends, so that a loss falls between two of them, the same in every run. */
function inLines(stream: NodeJS.ReadableStream, take: (line: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      take(rest.subarray(0, at + 1))
      rest = rest.subarray(at + 1)
    }
  })
  stream.on('end', () => rest.length > 0 && take(rest))
}
