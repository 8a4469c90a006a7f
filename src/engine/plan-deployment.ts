import { layersOf } from '../kernel/graph.ts'
import { isWithin } from '../marathon/app-id.ts'
import { dependencyIds } from '../marathon/validate-app.ts'
import type { StoredApp } from '../marathon/types.ts'
import type { PlannedAction } from './types.ts'

export type AppMap = ReadonlyMap<string, StoredApp>

/** What a deployment plan is made of: all apps before and after, and the dependencies of groups. */
export interface PlanInput {
  readonly before: AppMap
  readonly after: AppMap
  /** Ids of the apps that differ. */
  readonly changed: readonly string[]
  readonly groupDependencies: ReadonlyMap<string, readonly string[]>
}

/**
 * The steps of a deployment: all removals; all new apps, still empty; then one step for each layer of dependencies.
 * Unchanged apps are not waited for; empty steps are dropped.
 */
export function planSteps(input: PlanInput): readonly (readonly PlannedAction[])[] {
  const removed = input.changed.filter((id) => !input.after.has(id))
  const added = input.changed.filter((id) => input.after.has(id) && !input.before.has(id))
  const layers = changedLayers(input).map((layer) => layer.flatMap((id) => actionFor(id, input)))
  const steps = [
    removed.map((app): PlannedAction => ({ action: 'StopApplication', app })),
    added.map((app): PlannedAction => ({ action: 'StartApplication', app })),
    ...layers,
  ]
  return steps.filter((step) => step.length > 0)
}

/** Layers of all apps, only looked for when something has dependencies: most changes have one layer. */
function changedLayers(input: PlanInput): readonly (readonly string[])[] {
  const changed = input.changed.filter((id) => input.after.has(id))
  const free = changed.every((id) => (input.after.get(id)?.dependencies ?? []).length === 0)
  if (changed.length === 0 || (free && input.groupDependencies.size === 0)) return [changed]
  const graph = dependencyGraph([...input.after.values()], input.groupDependencies)
  const touched = new Set(changed)
  return layersOf(graph).map((layer) => layer.filter((id) => touched.has(id)))
}

/** App -> the apps that it depends on, by its own list and by those of the groups around it. */
export function dependencyGraph(
  apps: readonly StoredApp[],
  groups: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    apps.map((app) => {
      const inherited = [...groups].filter(([id]) => isWithin(app.id, id)).flatMap(([, ids]) => ids)
      const dependencies = [...(app.dependencies ?? []), ...inherited]
      return [app.id, dependencies.length === 0 ? [] : dependencyIds({ ...app, dependencies }, apps)]
    }),
  )
}

function actionFor(id: string, { before, after }: PlanInput): readonly PlannedAction[] {
  const old = before.get(id)
  const next = after.get(id)
  if (!next) return []
  const sameConfig = old && old.versionInfo.lastConfigChangeAt === next.versionInfo.lastConfigChangeAt
  return [{ action: !old || sameConfig ? 'ScaleApplication' : 'RestartApplication', app: id }]
}
