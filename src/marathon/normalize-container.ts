import { canonicalJson } from '../kernel/digest.ts'
import { isJsonObject, objectsOf, type JsonObject } from './json.ts'
import { isHostNetwork, labelsOf, portDefinitionsOf } from './normalize-networks.ts'
import type { Network } from './network-types.ts'

/** The container with its defaults, port mappings in today's place; undefined when the app has none. */
export function normalizeContainer(app: JsonObject, networks: readonly Network[]): JsonObject | undefined {
  const given = app['container']
  const mapped = isHostNetwork(networks) ? {} : { portMappings: mappingsOf(app, networks) }
  if (!isJsonObject(given))
    return isHostNetwork(networks) ? undefined : { type: 'MESOS', volumes: [], ...mapped }
  const type = given['type'] ?? 'DOCKER'
  const linuxInfo = given['linuxInfo'] === undefined ? {} : { linuxInfo: given['linuxInfo'] }
  const docker = isJsonObject(given['docker']) ? { docker: dockerOf(given['docker'], type) } : {}
  return { type, ...docker, ...linuxInfo, volumes: given['volumes'] ?? [], ...mapped }
}

function dockerOf(given: JsonObject, type: unknown): JsonObject {
  const pullConfig = given['pullConfig'] === undefined ? {} : { pullConfig: given['pullConfig'] }
  const common = { image: given['image'], forcePullImage: given['forcePullImage'] ?? false, ...pullConfig }
  if (type !== 'DOCKER') return common
  return { ...common, privileged: given['privileged'] ?? false, parameters: given['parameters'] ?? [] }
}

function mappingsOf(app: JsonObject, networks: readonly Network[]): JsonObject[] {
  const container = isJsonObject(app['container']) ? app['container'] : {}
  const docker = isJsonObject(container['docker']) ? container['docker'] : {}
  const bridge = networks[0]?.mode === 'container/bridge'
  const given = container['portMappings'] ?? docker['portMappings']
  if (Array.isArray(given)) return objectsOf(given).map((mapping) => mappingOf(mapping, bridge))
  const definitions = portDefinitionsOf(app)
  return definitions.map(({ port, ...rest }) => mappingOf({ ...rest, servicePort: port }, bridge))
}

function mappingOf(given: JsonObject, bridge: boolean): JsonObject {
  const hostPort = given['hostPort'] ?? (bridge ? 0 : undefined)
  return {
    containerPort: given['containerPort'] ?? 0,
    ...(hostPort === undefined ? {} : { hostPort }),
    servicePort: given['servicePort'] ?? 0,
    protocol: given['protocol'] ?? 'tcp',
    ...(given['name'] === undefined ? {} : { name: given['name'] }),
    ...labelsOf(given),
    ...(objectsLike(given['networkNames']) ? { networkNames: given['networkNames'] } : {}),
  }
}

function objectsLike(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

/** Health and readiness checks with their defaults; left out when there are none. */
export function normalizeChecks(
  app: JsonObject,
  container: JsonObject | undefined,
  networks: readonly Network[],
): JsonObject {
  const ports = isHostNetwork(networks) ? portDefinitionsOf(app) : objectsOf(container?.['portMappings'])
  const health = objectsOf(app['healthChecks']).map((check) => healthCheck(check, ports.length > 0))
  const ready = objectsOf(app['readinessChecks']).map(readinessCheck)
  const distinct = [...new Map(health.map((check) => [canonicalJson(check), check])).values()]
  return {
    ...(distinct.length > 0 ? { healthChecks: distinct } : {}),
    ...(ready.length > 0 ? { readinessChecks: ready } : {}),
  }
}

function healthCheck(given: JsonObject, hasPorts: boolean): JsonObject {
  const protocol = given['protocol'] ?? 'HTTP'
  const command = protocol === 'COMMAND'
  const http = ['HTTP', 'HTTPS', 'MESOS_HTTP', 'MESOS_HTTPS'].includes(protocol as string)
  const anyPort = given['port'] !== undefined || given['portIndex'] !== undefined
  return {
    protocol,
    ...(command ? { command: given['command'] } : {}),
    ...(http ? { path: given['path'] ?? '/' } : {}),
    ...(given['port'] === undefined ? {} : { port: given['port'] }),
    ...(given['portIndex'] === undefined ? {} : { portIndex: given['portIndex'] }),
    ...(!command && !anyPort && hasPorts ? { portIndex: 0 } : {}),
    gracePeriodSeconds: given['gracePeriodSeconds'] ?? 300,
    intervalSeconds: given['intervalSeconds'] ?? 60,
    timeoutSeconds: given['timeoutSeconds'] ?? 20,
    maxConsecutiveFailures: given['maxConsecutiveFailures'] ?? 3,
    delaySeconds: given['delaySeconds'] ?? 15,
    ...(command ? {} : { ipProtocol: given['ipProtocol'] ?? 'IPv4' }),
  }
}

function readinessCheck(given: JsonObject): JsonObject {
  return {
    name: 'readinessCheck',
    protocol: 'HTTP',
    path: '/',
    portName: 'http-api',
    intervalSeconds: 30,
    timeoutSeconds: 10,
    httpStatusCodesForReady: [200],
    preserveLastResponse: false,
    ...given,
  }
}
