import type { ClusterState, Slave } from './cluster-state.ts'
import { fromMesos, plus, shown } from './mesos-resources.ts'
import { isTerminal, type KnownTask } from './mesos-types.ts'

export const mesosVersion = '1.11.0'

export function slaveView(slave: Slave): object {
  const { hostname, address, port, attributes, resources } = slave.info
  const active = [...slave.tasks.values()].filter(({ status }) => !isTerminal(status.state))
  return {
    id: slave.id,
    hostname,
    port,
    pid: `slave(1)@${address}:${port}`,
    attributes,
    resources: shown(fromMesos(resources)),
    used_resources: shown(plus(active.map(({ info }) => fromMesos(info.resources)))),
    unreserved_resources: shown(fromMesos(resources)),
    active: slave.send !== undefined,
    registered_time: slave.registeredAt,
    version: mesosVersion,
    TASK_RUNNING: active.filter(({ status }) => status.state === 'TASK_RUNNING').length,
  }
}

export function taskView({ framework, info, status }: KnownTask): object {
  return {
    id: info.task_id.value,
    name: info.name,
    framework_id: framework,
    executor_id: '',
    slave_id: info.agent_id.value,
    state: status.state,
    resources: shown(fromMesos(info.resources)),
    statuses: [{ state: status.state, timestamp: status.timestamp }],
    container: info.container,
  }
}

export function frameworksView(state: ClusterState): readonly object[] {
  const all = [...state.slaves.values()].flatMap(({ tasks }) => [...tasks.values()])
  return [...state.frameworks.values()].map(({ id, info, send }) => ({
    id,
    name: info.name,
    hostname: info.hostname ?? '',
    roles: info.roles ?? ['*'],
    principal: info.principal,
    active: send !== undefined,
    connected: send !== undefined,
    checkpoint: info.checkpoint ?? false,
    failover_timeout: info.failover_timeout ?? 0,
    tasks: all.filter((task) => task.framework === id && !isTerminal(task.status.state)).map(taskView),
    completed_tasks: [],
  }))
}

/** Gauges of /metrics/snapshot. */
export function metricsOf(
  state: ClusterState,
  elected: boolean,
  recovered: boolean,
): Readonly<Record<string, number>> {
  const slaves = [...state.slaves.values()]
  const frameworks = [...state.frameworks.values()]
  const total = plus(slaves.map(({ info }) => fromMesos(info.resources)))
  const tasks = slaves.flatMap((slave) => [...slave.tasks.values()])
  const connected = slaves.filter(({ send }) => send !== undefined).length
  const active = frameworks.filter(({ send }) => send !== undefined).length
  return {
    'master/elected': elected ? 1 : 0,
    'master/uptime_secs': process.uptime(),
    'master/slaves_active': connected,
    'master/slaves_connected': connected,
    'master/slaves_disconnected': slaves.length - connected,
    'master/slaves_inactive': slaves.length - connected,
    'master/frameworks_active': active,
    'master/frameworks_connected': active,
    'master/frameworks_disconnected': frameworks.length - active,
    'master/cpus_total': total.cpus,
    'master/mem_total': total.mem,
    'master/disk_total': total.disk,
    'master/tasks_running': tasks.filter(({ status }) => status.state === 'TASK_RUNNING').length,
    'master/tasks_staging': tasks.filter(({ status }) => status.state === 'TASK_STAGING').length,
    'registrar/log/recovered': recovered ? 1 : 0,
  }
}
