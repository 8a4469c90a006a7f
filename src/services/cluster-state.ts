import type { AppView, QueueItem } from '../marathon/types.ts'
import { statusKey, type Observed } from '../start-spec/satisfied.ts'
import type { RegistryNode, StartSpec, StatusNode, WaitingNode } from '../start-spec/types.ts'

/** What ZooKeeper says of a deployment at one moment; read once by `why` and `status`, kept by watches by `deploy`. */
export interface ClusterState extends Observed {
  /** Service -> instance (Mesos task id) -> registration. */
  readonly instances: ReadonlyMap<string, ReadonlyMap<string, RegistryNode>>
  /** Service -> instance -> what it waits for. */
  readonly waiting: ReadonlyMap<string, ReadonlyMap<string, WaitingNode>>
}

/** What Marathon says at one moment. */
export interface MarathonState {
  /** By service. */
  readonly apps: ReadonlyMap<string, AppView>
  readonly queue: ReadonlyMap<string, QueueItem>
}

export const unknownMarathon: MarathonState = { apps: new Map(), queue: new Map() }

/** Whether a registration is that of a running task. Without tasks to compare with, every registration counts. */
export function isTaskOf(app: AppView | undefined, instance: string): boolean {
  return (
    app?.tasks === undefined ||
    app.tasks.some((task) => task.id === instance && task.state === 'TASK_RUNNING')
  )
}

/** The state without what tasks that ended have left: a killed container's nodes stand until its session ends. */
export function withoutEnded(state: ClusterState, { apps }: MarathonState): ClusterState {
  const present = <T>(nodes: ByInstance<T>): ByInstance<T> =>
    new Map(
      [...nodes].map(([service, members]) => {
        const own = [...members].filter(([instance]) => isTaskOf(apps.get(service), instance))
        return [service, new Map(own)] as const
      }),
    )
  const { specs, status } = state
  const [instances, waiting] = [present(state.instances), present(state.waiting)]
  const registry = new Map([...instances].map(([service, nodes]) => [service, [...nodes.values()]] as const))
  return { specs, status, instances, registry, waiting }
}

type ByInstance<T> = ReadonlyMap<string, ReadonlyMap<string, T>>

/** Whether a step is over (a command) or stands (a daemon) for the digest that its spec has. */
export function stepHolds(spec: StartSpec, step: string, state: ClusterState): boolean {
  if (step === 'daemon') return (state.registry.get(spec.service)?.length ?? 0) > 0
  const command = spec.commands.find((each) => each.name === step)
  if (!command) return false
  const node = command.runOnce ? statusOf(spec, step, state) : latestStatus(spec.service, step, state)
  return node?.state === 'done' && node.digest === command.digest
}

/** The status node of a step: of the cluster for one-time commands, else the newest of all hosts (or of `host`). */
export function statusOf(
  spec: StartSpec,
  step: string,
  state: ClusterState,
  host?: string,
): StatusNode | undefined {
  const runOnce = spec.commands.find((each) => each.name === step)?.runOnce === true
  if (runOnce) return state.status.get(statusKey('global', spec.service, step))
  if (host !== undefined) return state.status.get(statusKey(host, spec.service, step))
  return latestStatus(spec.service, step, state)
}

function latestStatus(service: string, step: string, state: ClusterState): StatusNode | undefined {
  const end = `/${service}/${step}`
  const nodes = [...state.status].filter(([key]) => key.startsWith('host/') && key.endsWith(end))
  return nodes.map(([, node]) => node).sort((a, b) => (a.since < b.since ? 1 : -1))[0]
}

/** A job that need not be started: every command is done for its digest. */
export function jobIsDone(spec: StartSpec, state: Pick<ClusterState, 'status'>): boolean {
  return (
    spec.kind === 'job' &&
    spec.commands.every((command) => {
      const node = state.status.get(statusKey('global', spec.service, command.name))
      return node?.state === 'done' && node.digest === command.digest
    })
  )
}
