import { canonicalJson } from '../kernel/digest.ts'
import { isJsonObject, objectsOf, type JsonObject } from './json.ts'
import { normalizeApp, type NormalizedApp } from './normalize-app.ts'
import type { MarathonApp } from './types.ts'

/** A member in which two apps differ, with both values (undefined = absent). */
export interface AppDifference {
  readonly member: string
  readonly wanted: unknown
  readonly stored: unknown
}

/**
 * Where the stored app is not what is wanted, both with Marathon's defaults; empty = the same app, and a PUT of it would
 * keep the stored version. A wanted port of 0 means "any" and equals the service port that Marathon assigned.
 */
export function sameApp(wanted: MarathonApp, stored: MarathonApp): readonly AppDifference[] {
  const right = normalizeApp(stored)
  return differences(keepServicePorts(normalizeApp(wanted), right), right)
}

/** The same for apps that are normalized already. */
export function differences(wanted: NormalizedApp, stored: NormalizedApp): readonly AppDifference[] {
  const left = wanted as unknown as JsonObject
  const right = stored as unknown as JsonObject
  const members = new Set([...Object.keys(left), ...Object.keys(right)])
  members.delete('version')
  members.delete('versionInfo')
  return [...members]
    .filter((member) => canonicalJson(left[member] ?? null) !== canonicalJson(right[member] ?? null))
    .map((member) => ({ member, wanted: left[member], stored: right[member] }))
}

/** `app` with service ports of 0 replaced by those that `stored` has at the same places: Marathon keeps them on updates. */
export function keepServicePorts(app: NormalizedApp, stored: NormalizedApp): NormalizedApp {
  return mapServicePorts(app, (port, index) => (port === 0 ? (servicePortsOf(stored)[index] ?? 0) : port))
}

/** `app` with each service port (of portDefinitions or portMappings) replaced. */
export function mapServicePorts(
  app: NormalizedApp,
  replace: (port: number, index: number) => number,
): NormalizedApp {
  const raw = app as unknown as JsonObject
  const definitions = raw['portDefinitions']
  const container = raw['container']
  const mapped: JsonObject = { ...raw }
  if (Array.isArray(definitions)) mapped['portDefinitions'] = replacePorts(definitions, 'port', replace)
  if (isJsonObject(container) && Array.isArray(container['portMappings'])) {
    const portMappings = replacePorts(container['portMappings'], 'servicePort', replace)
    mapped['container'] = { ...container, portMappings }
  }
  return mapped as unknown as NormalizedApp
}

export function servicePortsOf(app: NormalizedApp): readonly number[] {
  const mappings = app.container?.portMappings?.map((mapping) => mapping.servicePort ?? 0)
  return mappings ?? app.portDefinitions?.map((definition) => definition.port) ?? []
}

function replacePorts(
  list: unknown[],
  member: string,
  replace: (port: number, index: number) => number,
): unknown[] {
  return objectsOf(list).map((item, index) => ({
    ...item,
    [member]: replace(Number(item[member] ?? 0), index),
  }))
}
