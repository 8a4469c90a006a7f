import { absoluteId, isWithin } from '../marathon/app-id.ts'
import { isJsonObject, objectsOf, withoutNulls, type JsonObject } from '../marathon/json.ts'
import type { NormalizedApp } from '../marathon/normalize-app.ts'
import type { StoredApp } from '../marathon/types.ts'
import { groupMissing, invalidRule, refuse } from './api/refusal.ts'
import { removalsWithin, wholeApp, type Wanted } from './change-apps.ts'
import type { GroupRecord } from './types.ts'
import type { World } from './world.ts'

export interface WantedGroup {
  readonly apps: Wanted
  /** Groups named in the update; those within the group that are not named vanish with their apps. */
  readonly groups: readonly Omit<GroupRecord, 'version'>[]
}

/** What a GroupUpdate asks for: a tree of apps, `scaleBy`, or an old `version` (which wins over scaleBy). */
export function wantedGroup(world: World, groupId: string, raw: unknown): WantedGroup {
  if (!isJsonObject(raw)) throw refuse(422, 'the body must be a group')
  const update = withoutNulls(raw)
  const groups = [...world.groups.values()].filter((group) => isWithin(group.id, groupId))
  if (typeof update['version'] === 'string')
    return { apps: appsAt(world, groupId, update['version']), groups }
  if (typeof update['scaleBy'] === 'number')
    return { apps: scaled(world, groupId, update['scaleBy']), groups }
  const tree = flatten(update, groupId)
  const kept = new Set(tree.apps.map((app) => app.id))
  const wanted = new Map<string, NormalizedApp | null>(removalsWithin(world, groupId, kept))
  for (const app of tree.apps) wanted.set(app.id, app)
  return { apps: wanted, groups: tree.groups }
}

interface Tree {
  readonly apps: readonly NormalizedApp[]
  readonly groups: readonly Omit<GroupRecord, 'version'>[]
}

function flatten(update: JsonObject, id: string): Tree {
  const apps = (Array.isArray(update['apps']) ? update['apps'] : []).map((raw: unknown, index) =>
    wholeApp(raw, id, ['apps', index]),
  )
  const outside = apps.find((app) => !isWithin(app.id, id))
  if (outside) throw invalidRule(['apps'], `${outside.id} is not below the group ${id}`)
  const dependencies = (Array.isArray(update['dependencies']) ? update['dependencies'] : []).map(
    (item: unknown) => absoluteId(String(item), id),
  )
  const below = objectsOf(update['groups']).map((group) => {
    if (typeof group['id'] !== 'string') throw invalidRule(['groups'], 'a group needs an id')
    return flatten(group, absoluteId(group['id'], id))
  })
  return {
    apps: [...apps, ...below.flatMap((tree) => tree.apps)],
    groups: [{ id, dependencies }, ...below.flatMap((tree) => tree.groups)],
  }
}

function scaled(world: World, groupId: string, factor: number): Wanted {
  const apps = world.appsWithin(groupId)
  return new Map(apps.map((app) => [app.id, { ...app, instances: Math.ceil(app.instances * factor) }]))
}

/** The apps of the group as they were at that time, from each app's history. */
function appsAt(world: World, groupId: string, version: string): Wanted {
  if (!groupVersions(world, groupId).includes(version)) throw groupMissing(groupId)
  const wanted = new Map<string, StoredApp | null>()
  for (const [id, history] of world.history) {
    if (!isWithin(id, groupId)) continue
    wanted.set(id, history.filter((entry) => entry.version <= version).at(-1)?.app ?? null)
  }
  return wanted
}

/** Newest first. */
export function groupVersions(world: World, groupId: string): readonly string[] {
  const versions = new Set<string>()
  for (const [id, history] of world.history) {
    if (isWithin(id, groupId)) for (const entry of history) versions.add(entry.version)
  }
  for (const group of world.groups.values()) if (isWithin(group.id, groupId)) versions.add(group.version)
  return [...versions].sort().reverse()
}

/** True for the root, for groups that were made, and for those that exist because something stands below them. */
export function groupExists(world: World, id: string): boolean {
  if (id === '/' || world.groups.has(id)) return true
  const below = (other: string): boolean => other !== id && isWithin(other, id)
  return [...world.apps.keys()].some(below) || [...world.groups.keys()].some(below)
}

/** Stores the groups of an update in place of those that stood within `root`. */
export function setGroups(world: World, root: string, groups: WantedGroup['groups'], version: string): void {
  const named = new Set(groups.map((group) => group.id))
  for (const group of [...world.groups.values()]) {
    if (isWithin(group.id, root) && !named.has(group.id)) world.setGroup(group.id, undefined)
  }
  for (const group of groups) {
    const before = world.groups.get(group.id)
    const same = before && JSON.stringify(before.dependencies) === JSON.stringify(group.dependencies)
    if (!same && group.id !== '/') world.setGroup(group.id, { ...group, version })
  }
}
