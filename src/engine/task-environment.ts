import type { Agent, Instance } from './types.ts'
import { taskIdOf } from './instance.ts'
import type { StoredApp } from '../marathon/types.ts'
import { isHostNetwork } from '../marathon/normalize-networks.ts'

/** Where the sandbox stands in a container. Source: Mesos' --sandbox_directory. */
export const sandboxInContainer = '/mnt/mesos/sandbox'

/** All variables of a task; the app's own win. Secrets cannot be resolved here and are left out. */
export function taskEnvironment(instance: Instance, agent: Agent): Readonly<Record<string, string>> {
  const { app } = instance
  return {
    ...appVariables(app),
    ...labelVariables(app.labels),
    ...portVariables(app, instance.hostPorts),
    HOST: agent.hostname,
    MESOS_TASK_ID: taskIdOf(instance),
    ...plainEnv(app),
    MESOS_SANDBOX: sandboxInContainer,
    MESOS_CONTAINER_NAME: instance.containerName ?? '',
  }
}

function plainEnv(app: StoredApp): Record<string, string> {
  const entries = Object.entries(app.env ?? {})
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function appVariables(app: StoredApp): Record<string, string> {
  const image = app.container?.docker?.image
  return {
    MARATHON_APP_ID: app.id,
    MARATHON_APP_VERSION: app.version,
    ...(image === undefined ? {} : { MARATHON_APP_DOCKER_IMAGE: image }),
    MARATHON_APP_RESOURCE_CPUS: decimal(app.cpus),
    MARATHON_APP_RESOURCE_MEM: decimal(app.mem),
    MARATHON_APP_RESOURCE_DISK: decimal(app.disk),
    MARATHON_APP_RESOURCE_GPUS: String(app.gpus),
    MARATHON_APP_ENFORCE_GROUP_ROLE: 'false',
  }
}

// Longer keys and values are skipped: Marathon's EnvironmentHelper.
const longestLabelKey = 493
const longestLabelValue = 512

function labelVariables(labels: Readonly<Record<string, string>>): Record<string, string> {
  const short = Object.entries(labels).filter(
    ([name, value]) => name.length < longestLabelKey && value.length < longestLabelValue,
  )
  const named = short.map(([name, value]): [string, string] => [sanitized(name), value])
  return {
    MARATHON_APP_LABELS: named.map(([name]) => name).join(' '),
    ...Object.fromEntries(named.map(([name, value]) => [`MARATHON_APP_LABEL_${name}`, value])),
  }
}

/** One port of an app as the task sees it. */
export interface TaskPort {
  /** As it was asked for: what PORT_<number> is named by. */
  readonly requested: number
  /** Host port, or the container's where there is none. */
  readonly effective: number
  readonly containerPort: number
  readonly hostPort: number | undefined
  readonly name: string | undefined
  readonly protocol: string
}

/** The app's ports in order, joined with the host ports that were chosen for this instance. */
export function taskPorts(app: StoredApp, hostPorts: readonly number[]): readonly TaskPort[] {
  if (isHostNetwork(app.networks)) {
    return (app.portDefinitions ?? []).map(({ port, name, protocol }, index) => {
      const hostPort = hostPorts[index] ?? port
      return {
        requested: port,
        effective: hostPort,
        containerPort: hostPort,
        hostPort,
        name,
        protocol: protocol ?? 'tcp',
      }
    })
  }
  let next = 0
  return (app.container?.portMappings ?? []).map(
    ({ containerPort = 0, hostPort: wanted, name, protocol = 'tcp' }) => {
      const hostPort = wanted === undefined ? undefined : hostPorts[next++]
      const inside = containerPort === 0 ? (hostPort ?? 0) : containerPort
      return {
        requested: inside,
        effective: hostPort ?? inside,
        containerPort: inside,
        hostPort,
        name,
        protocol,
      }
    },
  )
}

function portVariables(app: StoredApp, hostPorts: readonly number[]): Record<string, string> {
  const ports = taskPorts(app, hostPorts)
  const variables: Record<string, string> = {}
  ports.forEach((port, index) => {
    variables[`PORT${index}`] = String(port.effective)
    if (port.requested > 0) variables[`PORT_${port.requested}`] = String(port.effective)
    if (port.name !== undefined) variables[`PORT_${sanitized(port.name)}`] = String(port.effective)
  })
  if (ports[0]) variables['PORT'] = String(ports[0].effective)
  if (ports.length > 0) variables['PORTS'] = ports.map((port) => port.effective).join(',')
  return variables
}

function sanitized(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
}

/** As Scala prints a Double: 128 -> `128.0`. */
function decimal(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
