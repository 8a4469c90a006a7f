import { isWithin } from '../marathon/app-id.ts'
import { isJsonObject, withoutNulls, type JsonObject } from '../marathon/json.ts'
import type { NormalizedApp } from '../marathon/normalize-app.ts'
import { differences, keepServicePorts, servicePortsOf } from '../marathon/same-app.ts'
import type { StoredApp } from '../marathon/types.ts'
import { cycleOf, validateApp, validateUpdate } from '../marathon/validate-app.ts'
import { appMissing, invalid, invalidRule, refuse } from './api/refusal.ts'
import type { Change } from './deployer.ts'
import { assignServicePorts } from './host-ports.ts'
import type { PortRange } from './types.ts'
import type { World } from './world.ts'

/** What apps shall become; null = removed. */
export type Wanted = ReadonlyMap<string, NormalizedApp | null>

/** A whole app as given. Throws a 422 with all faults. */
export function wholeApp(raw: unknown, base = '/', prefix: readonly (string | number)[] = []): NormalizedApp {
  const result = validateApp(raw, base)
  if ('faults' in result) throw invalid(result.faults, prefix)
  return result.app
}

/** The stored app with the members of the update in place of its own; a version alone goes back to that version. */
export function updatedApp(world: World, id: string, raw: unknown): NormalizedApp {
  const stored = world.apps.get(id)
  if (!stored) throw appMissing(id)
  const faults = validateUpdate(raw)
  if (isJsonObject(raw) && typeof raw['version'] === 'string') return versionToRestore(world, id, raw)
  if (faults.length > 0) throw invalid(faults)
  const update = withoutNulls(raw as JsonObject)
  return wholeApp({ ...baseOf(stored, update), ...update, id })
}

function versionToRestore(world: World, id: string, raw: JsonObject): NormalizedApp {
  const others = Object.keys(withoutNulls(raw)).filter((name) => name !== 'version' && name !== 'id')
  if (others.length > 0) throw refuse(422, "The 'version' field may only be combined with the 'id' field.")
  const version = String(raw['version'])
  const found = world.history.get(id)?.find((entry) => entry.version === version)?.app
  if (!found) throw appMissing(id, version)
  return found
}

/** The stored members that an update leaves in force. These two fall away unless sent again; ports belong to their network. */
function baseOf(stored: StoredApp, update: JsonObject): JsonObject {
  const base: JsonObject = { ...stored }
  delete base['executorResources']
  delete base['resourceLimits']
  delete base['version']
  delete base['versionInfo']
  const container = isJsonObject(update['container']) ? update['container'] : {}
  const oldNetwork =
    'ipAddress' in update || (isJsonObject(container['docker']) && 'network' in container['docker'])
  if (oldNetwork) delete base['networks']
  if (oldNetwork || 'networks' in update || 'ports' in update) delete base['portDefinitions']
  return base
}

/** The change that brings the wanted apps about, under a new version. Apps that would stay as they are are left out. */
export function buildChange(
  world: World,
  wanted: Wanted,
  time: { readonly now: number; readonly ports: PortRange },
): Change {
  const version = world.nextVersion(time.now)
  const apps = new Map<string, StoredApp | null>()
  const used = new Set([...world.apps.values()].flatMap(portsOnce))
  for (const [id, app] of wanted) {
    const stored = world.apps.get(id)
    if (!app) {
      if (stored) apps.set(id, null)
      continue
    }
    const kept = stored ? keepServicePorts(app, stored) : app
    const next = versioned(assignServicePorts(kept, time.ports, used), stored, version)
    if (next !== stored) apps.set(id, next)
  }
  checkTree(world, apps)
  return { version, apps }
}

const knownPorts = new WeakMap<StoredApp, readonly number[]>()

/** The app's service ports, remembered: every change asks for those of all apps. */
function portsOnce(app: StoredApp): readonly number[] {
  const known = knownPorts.get(app) ?? servicePortsOf(app)
  knownPorts.set(app, known)
  return known
}

/** The app with its version: unchanged = the stored one itself; only `instances` changed = no new configuration. */
function versioned(app: NormalizedApp, stored: StoredApp | undefined, version: string): StoredApp {
  const all = { lastScalingAt: version, lastConfigChangeAt: version }
  if (!stored) return { ...app, version, versionInfo: all }
  const changed = differences(app, stored)
  if (changed.length === 0) return stored
  const scaled = changed.every(({ member }) => member === 'instances')
  const versionInfo = scaled ? { ...stored.versionInfo, lastScalingAt: version } : all
  return { ...app, version, versionInfo }
}

/** A restart is a new configuration with the same members. */
export function restartChange(world: World, apps: readonly StoredApp[], now: number): Change {
  const version = world.nextVersion(now)
  const versionInfo = { lastScalingAt: version, lastConfigChangeAt: version }
  return { version, apps: new Map(apps.map((app) => [app.id, { ...app, version, versionInfo }])) }
}

/** No app may have the id of a group, and dependencies may not form a cycle. */
function checkTree(world: World, changed: ReadonlyMap<string, StoredApp | null>): void {
  const added = [...changed.keys()].filter((id) => changed.get(id) && !world.apps.has(id))
  const dependent = [...changed.values()].some((app) => (app?.dependencies?.length ?? 0) > 0)
  if (added.length === 0 && !dependent) return
  const after = new Map<string, StoredApp | null>([...world.apps, ...changed])
  const clash = added.find((id) => clashes(id, after, world))
  if (clash !== undefined) {
    throw invalidRule(['id'], `Groups and Applications may not have the same identifier: ${clash}`)
  }
  const present = [...after.values()].filter((app) => app !== null)
  if (dependent && cycleOf(present)) throw invalidRule([], 'Dependency graph has cyclic dependencies.')
}

/** True when the id is a group's, or when a group above it is an app's. */
function clashes(id: string, after: ReadonlyMap<string, StoredApp | null>, world: World): boolean {
  if (world.groups.has(id) || groupsAbove(id).some((group) => after.get(group))) return true
  const below = `${id}/`
  for (const [other, app] of after) if (app && other.startsWith(below)) return true
  return false
}

/** `/a` and `/a/b` of `/a/b/c`. */
function groupsAbove(id: string): string[] {
  const segments = id.split('/').slice(1, -1)
  return segments.map((_, index) => `/${segments.slice(0, index + 1).join('/')}`)
}

/** Null for each app within the group that is not kept. */
export function removalsWithin(world: World, group: string, kept: ReadonlySet<string>): Wanted {
  const gone = [...world.apps.keys()].filter((id) => isWithin(id, group) && !kept.has(id))
  return new Map(gone.map((id) => [id, null]))
}
