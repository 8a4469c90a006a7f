import { parseReport, reportScript } from '../bootstrap/report-script.ts'
import { wantedPorts } from '../bootstrap/wanted-ports.ts'
import type { Become, Transport } from '../connection/types.ts'
import type { Host, Inventory } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { addressOf } from '../services/site.ts'
import { formatTable } from '../reporter/format-table.ts'

/** One line of the first part of `kmesos status`. */
export interface HostStatus {
  readonly host: string
  readonly address: string
  /** Why it cannot be reached; undefined when it answered. */
  readonly error?: string
  readonly docker?: string
  /** Components that the inventory asks of the host, and whether each of them runs. */
  readonly components: Readonly<Record<string, 'running' | 'missing' | 'unknown'>>
}

export interface HostStatusClients {
  readonly transport: Transport
  readonly becomeOf: (host: Host) => Become | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

const reportTimeoutMs = 20_000

/** Asks every host once; one that does not answer is a line like the others. */
export async function hostStatus(
  inventory: Inventory,
  forks: number,
  clients: HostStatusClients,
): Promise<readonly HostStatus[]> {
  const hosts = [...inventory.hosts.values()]
  const wanted = wantedPorts(inventory, hosts)
  const outcomes = await mapLimit(hosts, forks, (host) => askHost(host, clients), clients.signal)
  clients.signal.throwIfAborted()
  return outcomes.map((outcome) => {
    const { name } = outcome.item
    const containers = wanted.filter((each) => each.host === name).map((each) => each.container)
    const stateOf = (container: string): 'running' | 'missing' | 'unknown' =>
      outcome.ok ? (outcome.value.containers.includes(container) ? 'running' : 'missing') : 'unknown'
    const { docker } = outcome.ok ? outcome.value.facts : {}
    return {
      host: name,
      address: addressOf(outcome.item),
      components: Object.fromEntries(containers.map((container) => [container, stateOf(container)])),
      ...(outcome.ok ? {} : { error: messageOf(outcome.error) }),
      ...(docker ? { docker: dockerWord(docker) } : {}),
    }
  })
}

function dockerWord(docker: {
  readonly installed: boolean
  readonly running: boolean
  readonly version: string
}): string {
  if (!docker.installed) return 'none'
  return docker.running ? docker.version : 'stopped'
}

async function askHost(
  host: Host,
  { transport, becomeOf, clock, signal }: HostStatusClients,
): Promise<ReturnType<typeof parseReport>> {
  const connection = await transport.connect(host, signal)
  try {
    const become = becomeOf(host)
    const options = {
      stdin: reportScript(),
      signal,
      timeoutMs: reportTimeoutMs,
      ...(become ? { become } : {}),
    }
    const { stdout } = await connection.exec(['sh', '-s'], options)
    return parseReport(stdout, { host: host.name, address: addressOf(host) }, clock.now())
  } finally {
    await connection.close()
  }
}

export function formatHostStatus(hosts: readonly HostStatus[]): readonly string[] {
  const rows = hosts.map((host) => [
    host.host,
    host.address,
    host.error === undefined ? 'reachable' : 'unreachable',
    host.docker ?? '',
    Object.entries(host.components)
      .map(([name, state]) => `${name} ${state}`)
      .join(', '),
    host.error ?? '',
  ])
  return formatTable(['HOST', 'ADDRESS', 'STATE', 'DOCKER', 'COMPONENTS', ''], rows)
}
