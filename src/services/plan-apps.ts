import { canonicalJson } from '../kernel/digest.ts'
import { sameApp } from '../marathon/same-app.ts'
import type { AppView, MarathonApp } from '../marathon/types.ts'
import { unifiedDiff } from '../plan/unified-diff.ts'
import { appLabels } from './build-app.ts'
import { jobIsDone, type ClusterState } from './cluster-state.ts'
import type { BuiltService } from './types.ts'

/** An app to put, or to delete (`app` undefined). */
export interface AppChange {
  readonly id: string
  readonly service: string
  readonly app?: MarathonApp
  readonly subject: string
  readonly action: 'create' | 'update' | 'delete'
  readonly message?: string
  readonly diff?: string
}

/** Apps that are missing or other than they should be. Jobs that are done for their digest are not started again. */
export function planApps(
  services: readonly BuiltService[],
  present: readonly AppView[],
  state: Pick<ClusterState, 'status'>,
): readonly AppChange[] {
  const byId = new Map(present.map((app) => [app.id, app]))
  return services.flatMap(({ spec, app, definition }) => {
    if (jobIsDone(spec, state)) return []
    return planApp(app, byId.get(app.id), definition.name) ?? []
  })
}

function planApp(app: MarathonApp, stored: AppView | undefined, service: string): AppChange | undefined {
  const head = { id: app.id, service, app, subject: `app ${app.id}` }
  if (!stored) {
    return { ...head, action: 'create', message: imageOf(app), diff: unifiedDiff('', shown(app), app.id) }
  }
  const differences = sameApp(app, stored)
  if (differences.length === 0) return undefined
  const diffs = differences.map(({ member, wanted, stored: present }) =>
    unifiedDiff(shown(present), shown(wanted), `${app.id} ${member}`),
  )
  const message = `changes ${differences.map(({ member }) => member).join(', ')}`
  return { ...head, action: 'update', message, diff: diffs.join('') }
}

function imageOf(app: MarathonApp): string {
  const count = app.instances ?? 1
  return `${count} ${count === 1 ? 'instance' : 'instances'} of ${app.container?.docker?.image ?? 'no image'}`
}

/** Members in a fixed order, so that a difference of order is none. */
function shown(value: unknown): string {
  if (value === undefined) return ''
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), undefined, 2)}\n`
}

/** Apps that should not be there: done jobs, and apps of services that the deployment has no more. */
export function planRemovals(
  services: readonly BuiltService[],
  present: readonly AppView[],
  options: { readonly state: Pick<ClusterState, 'status'>; readonly removeOthers: boolean },
): readonly AppChange[] {
  const byId = new Map(services.map((service) => [service.app.id, service]))
  return present.flatMap((app) => {
    const service = byId.get(app.id)
    const done = service !== undefined && jobIsDone(service.spec, options.state)
    // Apps that somebody else put into our group are left alone.
    const gone = options.removeOthers && service === undefined && app.labels[appLabels.service] !== undefined
    if (!done && !gone) return []
    const name = service?.definition.name ?? app.labels[appLabels.service] ?? app.id
    const message = done ? 'the job is done' : 'the deployment has no such service any more'
    return [{ id: app.id, service: name, subject: `app ${app.id}`, action: 'delete', message }]
  })
}
