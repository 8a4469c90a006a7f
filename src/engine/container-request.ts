import type { StoredApp } from '../marathon/types.ts'
import type { CreateBody, HostConfig } from './create-body.ts'
import { applyParameter } from './docker-parameters.ts'
import { taskIdOf } from './instance.ts'
import { sandboxInContainer, taskEnvironment, taskPorts } from './task-environment.ts'
import type { Agent, Instance } from './types.ts'

/** Marks containers as ours; its value is the engine's id. Containers without it are never touched. */
export const engineLabel = 'kmesos.engine'
export const taskLabel = 'MESOS_TASK_ID'

/** What the container runtime is asked to start. */
export interface ContainerRequest {
  /** `mesos-<uuid>` */
  readonly name: string
  /** Of the agent that shall run it. */
  readonly agentId: string
  readonly image: string
  readonly forcePull: boolean
  readonly body: CreateBody
}

export interface RequestContext {
  readonly agent: Agent
  readonly engineId: string
  /** The task's sandbox on this machine. */
  readonly sandbox: string
}

// A task with less would be killed by its own start. Source: Mesos' docker containerizer, MIN_MEMORY.
const leastMemoryMib = 32
const mib = 1024 * 1024

/** The container of a task, exactly as Mesos' docker containerizer would run it. Throws an Error that names what cannot be run. */
export function containerRequest(instance: Instance, context: RequestContext): ContainerRequest {
  const { app } = instance
  const docker = app.container?.docker
  if (!docker)
    throw new Error('kmesos engine runs Docker containers only: the app has no container.docker.image')
  if ((app.fetch?.length ?? 0) > 0) throw new Error('kmesos engine does not fetch URIs into the sandbox')
  const name = instance.containerName ?? ''
  const body: CreateBody = {
    Image: docker.image,
    ...commandOf(app),
    Env: Object.entries(taskEnvironment(instance, context.agent)).map(([key, value]) => `${key}=${value}`),
    Labels: { [engineLabel]: context.engineId, [taskLabel]: taskIdOf(instance), 'kmesos.app': app.id },
    ...(app.tty === true ? { Tty: true } : {}),
    HostConfig: hostConfig(app, context),
  }
  publishPorts(body, instance)
  for (const parameter of docker.parameters ?? []) applyParameter(body, parameter)
  return {
    name,
    agentId: context.agent.id,
    image: docker.image,
    forcePull: docker.forcePullImage ?? false,
    body,
  }
}

/** `cmd` replaces the image's entrypoint by a shell (MESOS-1770); `args` stand in for its CMD; neither = as built. */
function commandOf(app: StoredApp): Pick<CreateBody, 'Cmd' | 'Entrypoint'> {
  if (app.cmd !== undefined) return { Entrypoint: ['/bin/sh'], Cmd: ['-c', app.cmd] }
  return app.args && app.args.length > 0 ? { Cmd: [...app.args] } : {}
}

function hostConfig(app: StoredApp, { sandbox }: RequestContext): HostConfig {
  return {
    Binds: [...volumesOf(app), `${sandbox}:${sandboxInContainer}`],
    NetworkMode: networkMode(app),
    PortBindings: {},
    // Docker takes no less than 2 shares.
    CpuShares: Math.max(2, Math.floor(1024 * app.cpus)),
    ...memoryOf(app),
    ...quotaOf(app),
    ...(app.container?.docker?.privileged === true ? { Privileged: true } : {}),
    // The sandbox keeps the logs: Docker's own copy must not grow for ever.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
  }
}

function memoryOf(app: StoredApp): Partial<HostConfig> {
  const request = Math.max(app.mem, leastMemoryMib) * mib
  const limit = app.resourceLimits?.mem
  if (limit === undefined) return { Memory: request }
  if (limit === 'unlimited') return { MemoryReservation: request }
  return { Memory: Math.max(limit, leastMemoryMib) * mib, MemoryReservation: request }
}

// The kernel's usual scheduling period in microseconds.
const cpuPeriod = 100_000

function quotaOf(app: StoredApp): Partial<HostConfig> {
  const limit = app.resourceLimits?.cpus
  return typeof limit === 'number' ? { CpuPeriod: cpuPeriod, CpuQuota: Math.round(limit * cpuPeriod) } : {}
}

function networkMode(app: StoredApp): string {
  const network = app.networks[0]
  if (network?.mode === 'container/bridge') return 'bridge'
  return network?.mode === 'container' ? (network.name ?? 'bridge') : 'host'
}

/** `-v` arguments. A relative container path lies in the sandbox; a host path without a slash is a named volume. */
function volumesOf(app: StoredApp): string[] {
  return (app.container?.volumes ?? []).map((volume) => {
    if (!volume.hostPath)
      throw new Error(`kmesos engine mounts host volumes only, not ${volume.containerPath}`)
    const { containerPath, hostPath, mode } = volume
    const inside = containerPath.startsWith('/') ? containerPath : `${sandboxInContainer}/${containerPath}`
    return `${hostPath}:${inside}:${mode.toLowerCase()}`
  })
}

function publishPorts(body: CreateBody, instance: Instance): void {
  if (body.HostConfig.NetworkMode === 'host') return
  for (const port of taskPorts(instance.app, instance.hostPorts)) {
    for (const protocol of port.protocol.split(',')) {
      const key = `${port.containerPort}/${protocol}`
      ;(body.ExposedPorts ??= {})[key] = {}
      if (port.hostPort !== undefined)
        body.HostConfig.PortBindings[key] = [{ HostPort: String(port.hostPort) }]
    }
  }
}
