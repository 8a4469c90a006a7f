import type { Lab } from '../lab/lab.ts'

/** A service's container, and the processes in it that must not change while it lives. */
export interface ServiceContainer {
  readonly id: string
  readonly taskId: string
  /** Of kmesos-start and of the daemon, as the host counts. */
  readonly startPid: string
  readonly daemonPid: string
}

interface Inspected {
  readonly Id: string
  readonly State: { readonly Pid: number }
  readonly Config: { readonly Env: readonly string[] }
}

/** The running containers of all services of a host, by service. */
export async function serviceContainers(
  lab: Lab,
  host: string,
): Promise<Readonly<Record<string, ServiceContainer>>> {
  const command = 'docker ps -q --filter label=MESOS_TASK_ID | xargs -r docker inspect'
  const { stdout } = await lab.sh(host, ['sh', '-c', command])
  const inspected = JSON.parse(stdout === '' ? '[]' : stdout) as readonly Inspected[]
  const found = await Promise.all(inspected.map((each) => describe(lab, host, each)))
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function describe(
  lab: Lab,
  host: string,
  { Id: id, State, Config }: Inspected,
): Promise<[string, ServiceContainer]> {
  const variable = (name: string): string =>
    Config.Env.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
  const { stdout } = await lab.sh(host, ['docker', 'top', id, '-o', 'pid,ppid'])
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/))
  const childOf = (parent: string): string => rows.find(([, ppid]) => ppid === parent)?.[0] ?? 'none'
  // Docker's tiny init, kmesos-start below it, the daemon below that.
  const startPid = childOf(String(State.Pid))
  const taskId = variable('MESOS_TASK_ID')
  return [variable('KMESOS_SERVICE'), { id, taskId, startPid, daemonPid: childOf(startPid) }]
}
