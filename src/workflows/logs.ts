import type { Host, Inventory } from '../inventory/types.ts'
import { addressOf } from '../services/site.ts'
import { FailedError, messageOf, UsageError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { countOf } from '../kernel/problems.ts'
import type { ServiceClients } from '../phases/clients.ts'
import { readMarathon } from '../phases/read-cluster.ts'

export interface LogsRequest {
  readonly deployment: string
  readonly service: string
  readonly inventory: Inventory
  readonly follow: boolean
  /** Last lines of each container. */
  readonly tail: number
  readonly onLine: (host: string, line: string, stream: 'stdout' | 'stderr') => void
}

type LogsClients = Pick<ServiceClients, 'marathon' | 'transport' | 'becomeOf' | 'signal'>

const hostsAtOnce = 50

/**
 * The output of a service's containers, from the Docker engines of their hosts. Where no task runs (it fails again and again),
 * the last container that is left on each host of the last failure is shown.
 */
export async function logs(request: LogsRequest, clients: LogsClients): Promise<void> {
  const { apps } = await readMarathon(clients.marathon, request.deployment, clients.signal)
  const app = apps.get(request.service)
  if (!app) throw new UsageError(unknownWord('service', request.service, [...apps.keys()]))
  const failed = app.lastTaskFailure
  const running = (app.tasks ?? []).map((task) => ({ id: task.id, host: task.host }))
  const tasks = running.length > 0 || !failed ? running : [{ id: failed.taskId, host: failed.host }]
  if (tasks.length === 0) {
    throw new FailedError(`${request.service} has no tasks, so there is no output yet`, {
      hint: `see: kmesos why ${request.service}`,
    })
  }
  const outcomes = await mapLimit(tasks, hostsAtOnce, (task) => logOf(task, request, clients), clients.signal)
  const lost = outcomes.flatMap((outcome) =>
    outcome.ok ? [] : [`${outcome.item.host}: ${messageOf(outcome.error)}`],
  )
  clients.signal.throwIfAborted()
  if (lost.length > 0)
    throw new FailedError(`cannot read the output of ${countOf(lost.length, 'task')}`, {
      detail: lost.join('\n'),
      hint: 'a container that ended may be removed by now: see kmesos why SERVICE, or try again while it runs',
    })
}

interface TaskPlace {
  readonly id: string
  /** The agent's hostname: a name or an address. */
  readonly host: string
}

async function logOf(task: TaskPlace, request: LogsRequest, clients: LogsClients): Promise<void> {
  const host = findHost(task.host, request.inventory)
  const connection = await clients.transport.connect(host, clients.signal)
  try {
    const become = clients.becomeOf(host)
    const rights = { signal: clients.signal, ...(become ? { become } : {}) }
    const list = ['docker', 'ps', '--all', '--quiet', '--filter', `label=MESOS_TASK_ID=${task.id}`]
    const found = await connection.exec(list, rights)
    const container = found.stdout.trim().split('\n')[0] ?? ''
    if (container === '') throw new FailedError(`the container of ${task.id} is gone`)
    const words = [
      'docker',
      'logs',
      '--tail',
      String(request.tail),
      ...(request.follow ? ['--follow'] : []),
      container,
    ]
    const result = await connection.exec(words, {
      ...rights,
      onLine: (line, stream) => request.onLine(host.name, line, stream),
    })
    if (result.exitCode !== 0) throw new FailedError(`docker logs failed with exit code ${result.exitCode}`)
  } finally {
    await connection.close()
  }
}

function findHost(told: string, inventory: Inventory): Host {
  const hosts = [...inventory.hosts.values()]
  const found = hosts.find((host) => host.name === told) ?? hosts.find((host) => addressOf(host) === told)
  if (found) return found
  throw new FailedError(`Marathon names the host ${told}, which is not in the inventory`)
}
