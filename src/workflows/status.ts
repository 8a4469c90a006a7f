import type { ServiceClients } from '../phases/clients.ts'
import { readCluster, readMarathon } from '../phases/read-cluster.ts'
import { formatTable } from '../reporter/format-table.ts'
import { marathonReason } from '../services/blockers.ts'
import { jobIsDone, withoutEnded } from '../services/cluster-state.ts'
import { progressOf } from '../services/progress.ts'
import { layoutOf } from '../zookeeper/layout.ts'

/** One line of `kmesos status`. */
export interface ServiceStatus {
  readonly service: string
  readonly kind: 'daemon' | 'job'
  /** ready, done, waiting, running, retry, error, starting, outdated (runs an older configuration), not started, absent. */
  readonly state: string
  readonly ready: boolean
  readonly registered: number
  readonly instances: number
  /** Hosts on which it is registered. */
  readonly hosts: readonly string[]
  readonly waitingFor: readonly string[]
  /** ISO time. */
  readonly since?: string
  readonly detail?: string
}

/** The state of all deployed services, read once. */
export async function serviceStatus(
  deployment: string,
  clients: Pick<ServiceClients, 'store' | 'marathon' | 'signal'>,
): Promise<readonly ServiceStatus[]> {
  const told = await readCluster(clients.store, layoutOf(deployment))
  const marathon = await readMarathon(clients.marathon, deployment, clients.signal)
  const state = withoutEnded(told, marathon)
  return [...state.specs.values()].map((spec) => {
    const app = marathon.apps.get(spec.service)
    const instances = app?.instances ?? 0
    const progress = progressOf({ spec, instances: Math.max(1, instances), app }, state)
    const done = jobIsDone(spec, state)
    const current = progress.current
    const absent = !app && !done
    const detail =
      current?.error ??
      current?.detail ??
      (progress.ready ? undefined : marathonReason(app, marathon.queue.get(spec.service)))
    const since = current?.since ?? state.registry.get(spec.service)?.[0]?.since
    return {
      service: spec.service,
      kind: spec.kind,
      state: absent ? 'absent' : done ? 'done' : progress.ready ? 'ready' : (current?.state ?? 'starting'),
      ready: !absent && progress.ready,
      registered: progress.registered,
      instances: spec.kind === 'job' ? 1 : instances,
      hosts: [...new Set((state.registry.get(spec.service) ?? []).map((node) => node.host))].sort(),
      waitingFor: current?.waitingFor ?? [],
      ...(since === undefined ? {} : { since }),
      ...(detail === undefined ? {} : { detail }),
    }
  })
}

/** A table of plain text. */
export function formatStatus(services: readonly ServiceStatus[]): readonly string[] {
  const rows = services.map((each) => [
    each.service,
    each.kind === 'job' ? each.state : `${each.state} ${each.registered}/${each.instances}`,
    each.hosts.join(','),
    each.waitingFor.length > 0 ? `waits for ${each.waitingFor.join(', ')}` : (each.detail ?? ''),
    each.since ?? '',
  ])
  return formatTable(['SERVICE', 'STATE', 'HOSTS', 'DETAIL', 'SINCE'], rows)
}
