import type { Connection, ExecOptions, ExecResult, Transport } from '../connection/types.ts'
import { connectionSettings } from '../inventory/connection-vars.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { quoteArgv, type Argv } from '../kernel/shell.ts'
import { formatDuration } from '../reporter/format-duration.ts'

interface Trace {
  readonly tell: (text: string) => void
  readonly clock: Clock
}

/** -vvv: tells each connection and each remote command, how long it took and how it ended. What is fed to it is only counted. */
export function traceTransport(transport: Transport, trace: Trace): Transport {
  const reconnectTimeoutMs = transport.reconnectTimeoutMs?.bind(transport)
  return {
    connect: async (host, signal) => {
      const connection = await timed(host.name, `connecting ${wayTo(host)}`, trace, () =>
        transport.connect(host, signal),
      )
      return tracedConnection(connection, trace)
    },
    ...(reconnectTimeoutMs ? { reconnectTimeoutMs } : {}),
    close: () => transport.close(),
  }
}

function tracedConnection(connection: Connection, trace: Trace): Connection {
  const { host } = connection
  return {
    host,
    exec: async (argv, options) =>
      timed(host, commandWords(argv, options), trace, () => connection.exec(argv, options)),
    upload: async (source, destination, options) =>
      timed(host, `writes ${destination}`, trace, () => connection.upload(source, destination, options)),
    download: async (path, options) =>
      timed(host, `reads ${path}`, trace, () => connection.download(path, options)),
    close: () => connection.close(),
  }
}

async function timed<T>(
  host: string,
  what: string,
  { tell, clock }: Trace,
  work: () => Promise<T>,
): Promise<T> {
  const started = clock.now()
  const took = (): string => formatDuration(clock.now() - started)
  try {
    const result = await work()
    tell(`[${host}] ${what}: ${endOf(result)}${took()}`)
    return result
  } catch (error) {
    tell(`[${host}] ${what}: failed after ${took()}: ${messageOf(error)}`)
    throw error
  }
}

function endOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('exitCode' in result)) return ''
  const { exitCode, signal } = result as ExecResult
  return exitCode === null ? `ended by ${signal ?? 'a signal'}, ` : `exit code ${exitCode}, `
}

/** What the inventory says; the rest is up to the OpenSSH configuration. */
function wayTo(host: Host): string {
  const { kind, address, port, user } = connectionSettings(host)
  if (kind === 'local') return 'without SSH'
  return `by SSH to ${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : `:${port}`}`
}

function commandWords(argv: Argv, { stdin, become }: ExecOptions = {}): string {
  const fed = stdin === undefined ? '' : ` < ${Buffer.byteLength(stdin)} bytes`
  return `runs ${quoteArgv(argv)}${fed}${become ? ` as ${become.user} by ${become.method}` : ''}`
}
