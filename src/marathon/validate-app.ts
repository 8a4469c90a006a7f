import { findCycle } from '../kernel/graph.ts'
import type { Problem } from '../kernel/problems.ts'
import { absoluteId, isWithin } from './app-id.ts'
import { problemsOf, type AppFault } from './fault.ts'
import { isJsonObject } from './json.ts'
import { normalizeApp, type NormalizedApp } from './normalize-app.ts'
import { ruleFaults } from './app-rules.ts'
import { schemaFaults } from './schema.ts'

export type ValidatedApp = { readonly app: NormalizedApp } | { readonly faults: readonly AppFault[] }

/** Checks one whole app (POST, PUT with partialUpdate=false): its form and the rules between its members. All faults at once. */
export function validateApp(raw: unknown, base = '/'): ValidatedApp {
  if (!isJsonObject(raw)) return { faults: [notAnObject()] }
  const faults = schemaFaults(raw, 'app')
  if (faults.length > 0) return { faults }
  const app = normalizeApp(raw, base)
  const broken = ruleFaults(app, raw)
  return broken.length > 0 ? { faults: broken } : { app }
}

/** Checks the members of a partial update; what it makes of the stored app must pass validateApp after that. */
export function validateUpdate(raw: unknown): readonly AppFault[] {
  return isJsonObject(raw) ? schemaFaults(raw, 'update') : [notAnObject()]
}

/**
 * Faults of a set of apps that will be sent together: each app's own, doubled ids, cycles between them.
 * For the launcher, before anything is sent.
 */
export function appProblems(apps: readonly { readonly id: string }[]): readonly Problem[] {
  const problems = apps.flatMap((app) => {
    const result = validateApp(app)
    return 'faults' in result ? problemsOf(result.faults, `app ${app.id}`) : []
  })
  const ids = apps.map((app) => absoluteId(app.id))
  const doubled = ids.filter((id, index) => ids.indexOf(id) !== index)
  const twice = [...new Set(doubled)].map((id) => ({ where: `app ${id}`, message: 'is defined twice' }))
  const cycle = cycleOf(apps.flatMap((app) => validNormalized(app)))
  const turning = cycle ? [{ where: 'dependencies', message: `form a cycle: ${cycle.join(' -> ')}` }] : []
  return [...problems, ...twice, ...turning]
}

/** The ids of one dependency cycle, the first repeated at the end. A dependency on a group means all apps below it. */
export function cycleOf(apps: readonly NormalizedApp[]): readonly string[] | undefined {
  return findCycle(new Map(apps.map((app) => [app.id, dependencyIds(app, apps)])))
}

/** The apps that an app depends on, groups resolved. */
export function dependencyIds(
  app: NormalizedApp,
  apps: readonly { readonly id: string }[],
): readonly string[] {
  const wanted = app.dependencies ?? []
  if (wanted.length === 0) return []
  return apps.filter((other) => wanted.some((id) => isWithin(other.id, id))).map((other) => other.id)
}

function validNormalized(raw: object): readonly NormalizedApp[] {
  const result = validateApp(raw)
  return 'app' in result ? [result.app] : []
}

function notAnObject(): AppFault {
  return { path: [], kind: 'shape', code: 'error.expected.jsobject', message: 'must be an object' }
}
