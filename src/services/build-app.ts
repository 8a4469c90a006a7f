import { digestOf } from '../kernel/digest.ts'
import type { Constraint, HostVolume, MarathonApp, UpgradeStrategy } from '../marathon/types.ts'
import type { ServiceDefinition } from '../roles/types.ts'
import type { StartEnvironment, StartSpec } from '../start-spec/types.ts'
import type { Site } from './types.ts'

export interface AppSetting {
  readonly site: Site
  /** Hosts of the placement group. */
  readonly hosts: readonly string[]
  readonly instances: number
  readonly spec: StartSpec
  readonly containerDigest: string
}

/** Memory of kmesos-start itself (its target is 60 MiB), inside the container's limit beside the daemon's. */
const startMemoryMiB = 64

/** Where things stand on a host, and in its containers. */
export const hostPaths = {
  program: '/opt/kmesos',
  keys: (deployment: string) => `/etc/kmesos/${deployment}/keys`,
  volumes: (deployment: string) => `/var/lib/kmesos/${deployment}/volumes`,
}

/** Labels by which deploy knows its own apps again. */
export const appLabels = {
  deployment: 'kmesos_deployment',
  service: 'kmesos_service',
  app: 'kmesos_app',
} as const

export function appIdOf(deployment: string, service: string): string {
  return `/${deployment}/${service}`
}

/**
 * The Marathon app of a service. It holds no secret and no configuration: only where to find them. No health checks: a
 * container that waits at its gate is not unhealthy, and Marathon would kill it; readiness is the registration in ZooKeeper.
 */
export function buildApp(service: ServiceDefinition, setting: AppSetting): MarathonApp {
  const { site, instances } = setting
  const app: MarathonApp = {
    id: appIdOf(site.deployment, service.name),
    // exec: the shell would be process 1 and keep signals to itself.
    cmd: `exec ${hostPaths.program}/current/kmesos-start`,
    instances,
    cpus: service.cpus,
    mem: service.mem + startMemoryMiB,
    container: {
      type: 'DOCKER',
      docker: { image: service.image, forcePullImage: false, parameters: parametersOf(service) },
      volumes: volumesOf(service, site.deployment),
    },
    networks: [{ mode: 'host' }],
    portDefinitions: Object.entries(service.ports).map(([name, port]) => ({ port, name, protocol: 'tcp' })),
    requirePorts: Object.keys(service.ports).length > 0,
    constraints: constraintsOf(service, setting),
    env: environmentOf(service, setting),
    upgradeStrategy: upgradeStrategyOf(instances),
    // A service that fails is started again soon at first, and at least once a minute: deploy shows each failure.
    ...{ backoffSeconds: 2, backoffFactor: 1.5, maxLaunchDelaySeconds: 60 },
    taskKillGracePeriodSeconds: service.stopGraceSeconds,
  }
  return { ...app, labels: labelsOf(app, service, setting) }
}

/** init reaps orphans. user: kmesos-start begins as root whatever the image says, writes files, then drops to the service's user. */
function parametersOf(service: ServiceDefinition): NonNullable<ServiceDefinition['parameters']> {
  return [{ key: 'init', value: 'true' }, { key: 'user', value: '0' }, ...service.parameters]
}

function volumesOf(service: ServiceDefinition, deployment: string): readonly HostVolume[] {
  const key = keyPath(deployment, service.name)
  return [
    { hostPath: hostPaths.program, containerPath: hostPaths.program, mode: 'RO' },
    { hostPath: key, containerPath: key, mode: 'RO' },
    ...service.volumes.map((volume): HostVolume => ({
      hostPath: volume.kind === 'host' ? volume.hostPath : `${hostPaths.volumes(deployment)}/${volume.name}`,
      containerPath: volume.path,
      mode: volume.mode,
    })),
  ]
}

export function keyPath(deployment: string, service: string): string {
  return `${hostPaths.keys(deployment)}/${service}`
}

function constraintsOf(service: ServiceDefinition, setting: AppSetting): readonly Constraint[] {
  const { site, hosts, instances } = setting
  const first = hosts[0]
  const pin = service.pin === 'first' && first !== undefined && hosts.length > 1
  return [
    // Slaves carry the groups of their host as attributes.
    [service.placement, 'LIKE', 'true'],
    ...(instances > 1 ? [['hostname', 'UNIQUE'] as const] : []),
    // An agent may announce itself by name or by address.
    ...(pin ? [['hostname', 'LIKE', anyOf([first, site.hosts[first]?.address ?? first])] as const] : []),
    ...service.constraints,
  ]
}

function anyOf(texts: readonly string[]): string {
  return [...new Set(texts)].map((text) => text.replaceAll(/[.+*?()[\]{}|^$\\]/g, '\\$&')).join('|')
}

function environmentOf(
  service: ServiceDefinition,
  { site, spec }: AppSetting,
): Readonly<Record<string, string>> {
  const environment: StartEnvironment = {
    KMESOS_ZOOKEEPER: site.zookeeper,
    KMESOS_DEPLOYMENT: site.deployment,
    KMESOS_SERVICE: service.name,
    KMESOS_KEY_FILE: keyPath(site.deployment, service.name),
  }
  const copies = site.variables.kolla_config_strategy
  if (spec.strategy !== 'kolla') return { ...environment }
  return { ...environment, KOLLA_CONFIG_STRATEGY: typeof copies === 'string' ? copies : 'COPY_ALWAYS' }
}

/**
 * Stop first, then start: the old one holds the host ports, and data directories must not have two owners. One at a time.
 * Rounded down, so that Marathon's rounding up gives n - 1 again.
 */
function upgradeStrategyOf(instances: number): UpgradeStrategy {
  const kept = instances > 1 ? Math.floor(((instances - 1) / instances) * 10_000) / 10_000 : 0
  return { minimumHealthCapacity: kept, maximumOverCapacity: 0 }
}

/** kmesos_app changes with the app, and with what a running container does not take up by itself (see BuiltSpec). */
function labelsOf(
  app: MarathonApp,
  service: ServiceDefinition,
  { site, containerDigest }: AppSetting,
): Readonly<Record<string, string>> {
  return {
    [appLabels.deployment]: site.deployment,
    [appLabels.service]: service.name,
    [appLabels.app]: digestOf({ app, containerDigest }),
  }
}
