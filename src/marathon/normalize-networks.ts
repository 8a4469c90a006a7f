import { isJsonObject, objectsOf, type JsonObject } from './json.ts'
import type { Network } from './network-types.ts'

/** The networks in today's form, from `networks` or from the two old forms (docker.network, ipAddress). Never empty. */
export function networksOf(app: JsonObject): readonly Network[] {
  const given = objectsOf(app['networks'])
  if (given.length > 0) return given.map(networkOf)
  const container = isJsonObject(app['container']) ? app['container'] : {}
  const docker = isJsonObject(container['docker']) ? container['docker'] : {}
  if (docker['network'] === 'BRIDGE') return [{ mode: 'container/bridge' }]
  if (docker['network'] !== 'USER' && !isJsonObject(app['ipAddress'])) return [{ mode: 'host' }]
  if (docker['network'] === 'HOST') return [{ mode: 'host' }]
  const address = isJsonObject(app['ipAddress']) ? app['ipAddress'] : {}
  return [networkOf({ name: address['networkName'], labels: address['labels'] })]
}

export function isHostNetwork(networks: readonly Network[]): boolean {
  return networks[0]?.mode === 'host'
}

/** `portDefinitions` of an app on the host network; nothing elsewhere, where container.portMappings hold the ports. */
export function portsOf(app: JsonObject, networks: readonly Network[]): JsonObject {
  if (!isHostNetwork(networks)) return {}
  return { portDefinitions: portDefinitionsOf(app).map(portDefinition) }
}

/** The port definitions as given, in either form; one port named `default` when none are given. */
export function portDefinitionsOf(app: JsonObject): JsonObject[] {
  if (Array.isArray(app['portDefinitions'])) return objectsOf(app['portDefinitions'])
  if (Array.isArray(app['ports'])) return app['ports'].map((port: unknown) => ({ port }))
  return [{ port: 0, name: 'default' }]
}

function portDefinition(given: JsonObject): JsonObject {
  return {
    port: given['port'] ?? 0,
    ...(given['name'] === undefined ? {} : { name: given['name'] }),
    protocol: given['protocol'] ?? 'tcp',
    ...labelsOf(given),
  }
}

/** `{ labels }`, or nothing when there are none: some releases write `{}`, others leave it out. */
export function labelsOf(given: JsonObject): JsonObject {
  const labels = given['labels']
  return isJsonObject(labels) && Object.keys(labels).length > 0 ? { labels } : {}
}

function networkOf(given: JsonObject): Network {
  const mode = (given['mode'] ?? 'container') as Network['mode']
  return {
    ...(given['name'] === undefined ? {} : { name: given['name'] as string }),
    mode,
    ...labelsOf(given),
  }
}
