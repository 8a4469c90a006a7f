import { canonicalJson } from '../kernel/digest.ts'
import { absoluteId, parentOf } from './app-id.ts'
import { normalizeChecks, normalizeContainer } from './normalize-container.ts'
import { isJsonObject, withoutNulls, type JsonObject } from './json.ts'
import { networksOf, portsOf } from './normalize-networks.ts'
import type { StoredApp, UpgradeStrategy } from './types.ts'

/** An app with every default that Marathon writes back, but not yet stored: service ports may be 0, no version. */
export type NormalizedApp = Omit<StoredApp, 'version' | 'versionInfo'>

/** Members that a change may hold; all others (counts, tasks, version, unknown ones) are dropped when an app is stored. */
const plainMembers = [
  'cmd',
  'user',
  'resourceLimits',
  'secrets',
  'taskKillGracePeriodSeconds',
  'tty',
  'executorResources',
  'check',
] as const

/**
 * What Marathon makes of an app that it is sent: defaults filled in, old network forms translated, ids absolute, empty
 * lists left out. Takes valid apps only (validate-app.ts). The same for apps that were read back: normalizing twice changes nothing.
 */
export function normalizeApp(raw: object, base = '/'): NormalizedApp {
  const app = withoutNulls(raw as JsonObject)
  const id = absoluteId(typeof app['id'] === 'string' ? app['id'] : '', base)
  const networks = networksOf(app)
  const container = normalizeContainer(app, networks)
  const normalized: JsonObject = {
    id,
    ...pick(app, plainMembers),
    ...withDefaults(app),
    ...listsOf(app, id),
    ...(container ? { container } : {}),
    networks,
    ...portsOf(app, networks),
    ...normalizeChecks(app, container, networks),
    upgradeStrategy: app['upgradeStrategy'] ?? defaultUpgradeStrategy(app),
    unreachableStrategy: unreachableStrategyOf(app),
  }
  return normalized as unknown as NormalizedApp
}

function withDefaults(app: JsonObject): JsonObject {
  const defaults: JsonObject = {
    instances: 1,
    cpus: 1,
    mem: 128,
    disk: 0,
    gpus: 0,
    labels: {},
    requirePorts: false,
    executor: '',
    role: '*',
    backoffSeconds: 1,
    backoffFactor: 1.15,
    maxLaunchDelaySeconds: 300,
    killSelection: 'YOUNGEST_FIRST',
  }
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, app[name] ?? value]))
}

function listsOf(app: JsonObject, id: string): JsonObject {
  const dependencies = asList(app['dependencies']).map((item) => absoluteId(String(item), parentOf(id)))
  const lists: JsonObject = {
    args: app['cmd'] === undefined ? asList(app['args']) : [],
    constraints: distinct(asList(app['constraints'])),
    dependencies: distinct(dependencies),
    acceptedResourceRoles: distinct(asList(app['acceptedResourceRoles'])),
    fetch: fetchesOf(app),
  }
  const filled = Object.entries(lists).filter(([, items]) => (items as unknown[]).length > 0)
  const env = app['env']
  return {
    ...Object.fromEntries(filled),
    ...(isJsonObject(env) && Object.keys(env).length > 0 ? { env } : {}),
  }
}

function fetchesOf(app: JsonObject): unknown[] {
  // The old form guesses from the suffix whether to unpack, as Marathon does.
  const archive = /\.(tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz|zip)$/
  const old = asList(app['uris']).map((uri) => ({ uri, extract: archive.test(String(uri)) }))
  return [...asList(app['fetch']), ...old].map((item) => ({
    extract: true,
    executable: false,
    cache: false,
    ...(item as object),
  }))
}

function defaultUpgradeStrategy(app: JsonObject): UpgradeStrategy {
  if (singleInstance(app)) return { minimumHealthCapacity: 0, maximumOverCapacity: 0 }
  const container = app['container']
  const volumes = isJsonObject(container) ? asList(container['volumes']) : []
  const resident = volumes.some(
    (volume) => isJsonObject(volume) && ('persistent' in volume || 'external' in volume),
  )
  return resident
    ? { minimumHealthCapacity: 0.5, maximumOverCapacity: 0 }
    : { minimumHealthCapacity: 1, maximumOverCapacity: 1 }
}

function singleInstance(app: JsonObject): boolean {
  const labels = app['labels']
  return isJsonObject(labels) && labels['MARATHON_SINGLE_INSTANCE_APP'] === 'true'
}

function unreachableStrategyOf(app: JsonObject): unknown {
  const given = app['unreachableStrategy']
  if (given === 'disabled') return given
  return { inactiveAfterSeconds: 0, expungeAfterSeconds: 0, ...(isJsonObject(given) ? given : {}) }
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function distinct(items: readonly unknown[]): unknown[] {
  const seen = new Map(items.map((item) => [canonicalJson(item), item]))
  return [...seen.values()]
}

function pick(app: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => app[name] !== undefined).map((name) => [name, app[name]]))
}
