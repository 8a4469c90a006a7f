import type { Host } from '../inventory/types.ts'
import { CommandError, FailedError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { countOf } from '../kernel/problems.ts'
import type { ServiceClients } from './clients.ts'

export type HostClients = Pick<ServiceClients, 'transport' | 'becomeOf'>

export interface HostWork {
  /** What is done, for messages: `put keys`. */
  readonly what: string
  readonly hint: string
  readonly hosts: readonly Host[]
  readonly forks: number
  readonly signal: AbortSignal
}

/** Every host's outcome is kept; a failure of some fails the phase after all have ended, and names them. */
export async function onHosts<R>(work: HostWork, run: (host: Host) => Promise<R>): Promise<readonly R[]> {
  const { hosts, signal, what, hint } = work
  const outcomes = await mapLimit(hosts, work.forks, run, signal)
  signal.throwIfAborted()
  const failed = outcomes.filter((outcome) => !outcome.ok)
  if (failed.length === 0) return outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []))
  const detail = failed.map(({ item, error }) => `${item.name}: ${messageOf(error)}`).join('\n')
  const names = failed.map(({ item }) => item.name).join(', ')
  const message = `cannot ${what} on ${failed.length} of ${countOf(hosts.length, 'host')}: ${names}`
  const unreachable = failed.every(({ error }) => error instanceof UnreachableError)
  throw unreachable
    ? new UnreachableError(message, { detail, hint })
    : new FailedError(message, { detail, hint })
}

/** Runs a program of the shell through standard input; gives what it printed. */
export async function runScript(
  host: Host,
  script: string,
  { clients, signal }: { readonly clients: HostClients; readonly signal: AbortSignal },
): Promise<string> {
  const connection = await clients.transport.connect(host, signal)
  try {
    const become = clients.becomeOf(host)
    const result = await connection.exec(['sh', '-s'], {
      stdin: script,
      signal,
      ...(become ? { become } : {}),
    })
    if (result.exitCode === 0) return result.stdout
    const last = result.stderr.trim().split('\n').slice(-5).join('; ')
    throw new CommandError(`the program on ${host.name} ended with exit code ${result.exitCode}: ${last}`)
  } finally {
    await connection.close()
  }
}
