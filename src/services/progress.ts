import type { AppView } from '../marathon/types.ts'
import { printRequirement } from '../start-spec/requirement.ts'
import { satisfied } from '../start-spec/satisfied.ts'
import type { StartSpec } from '../start-spec/types.ts'
import { isTaskOf, jobIsDone, statusOf, stepHolds, type ClusterState } from './cluster-state.ts'
import { olderInstances, olderText, type OlderInstance } from './older-config.ts'

/** How far one step (command or daemon) is. */
export interface StepProgress {
  /** `keystone-api/db_sync` */
  readonly id: string
  readonly state: string
  readonly holds: boolean
  readonly since?: string
  /** Requirements that do not hold yet. */
  readonly waitingFor: readonly string[]
  /** What is to be said of it, but no error: who still runs an older configuration. */
  readonly detail?: string
  readonly error?: string
  readonly log?: readonly string[]
}

export interface ServiceProgress {
  readonly service: string
  /** Everything that was asked for stands: the deployment's end. */
  readonly ready: boolean
  /** Those of its running tasks that are registered with the configuration that the spec names. */
  readonly registered: number
  readonly instances: number
  readonly steps: readonly StepProgress[]
  /** Its first step that does not hold; undefined when all do. */
  readonly current?: StepProgress
}

export interface ProgressQuestion {
  readonly spec: StartSpec
  /** Wanted instances of a daemon. */
  readonly instances: number
  /** The app as Marathon has it; undefined: not asked, or there is none. */
  readonly app?: AppView | undefined
}

/**
 * How far a service is. A daemon is ready when each of its running tasks is registered with the configuration that the spec
 * names: the registration of a task that Marathon has replaced may stand until its session ends, and does not count; one that
 * names an older configuration belongs to a daemon that has yet to be restarted.
 */
export function progressOf({ spec, instances, app }: ProgressQuestion, state: ClusterState): ServiceProgress {
  const names = [...spec.commands.map((command) => command.name), ...(spec.daemon ? ['daemon'] : [])]
  const tasks = [...(state.instances.get(spec.service) ?? [])].filter(([name]) => isTaskOf(app, name))
  const older = olderInstances(spec, new Map(tasks))
  const registered = tasks.length - older.length
  const steps = names.map((name) =>
    name === 'daemon' && older.length > 0 ? outdated(spec, older) : stepProgress(spec, name, state),
  )
  const current = steps.find((step) => !step.holds)
  const commandsHold = steps.every((step) => step.holds || step.id.endsWith('/daemon'))
  const ready =
    spec.kind === 'job'
      ? jobIsDone(spec, state)
      : commandsHold && registered >= instances && settled(app, instances)
  return { service: spec.service, ready, registered, instances, steps, ...(current ? { current } : {}) }
}

/** Registered, and so enough for those who require it; but not what was asked for. */
function outdated(spec: StartSpec, older: readonly OlderInstance[]): StepProgress {
  return {
    ...{ id: `${spec.service}/daemon`, holds: false, state: 'outdated', waitingFor: [] },
    ...(older[0] ? { since: older[0].since, detail: olderText(older) } : {}),
  }
}

function stepProgress(spec: StartSpec, name: string, state: ClusterState): StepProgress {
  const id = `${spec.service}/${name}`
  const holds = stepHolds(spec, name, state)
  const node = statusOf(spec, name, state)
  const waiting = [...(state.waiting.get(spec.service)?.values() ?? [])].find((each) => each.step === name)
  const waitingFor = holds
    ? []
    : (waiting?.requires ?? []).filter((each) => !each.met).map((each) => each.requirement)
  const since = waiting?.since ?? node?.since
  return {
    id,
    holds,
    state: holds
      ? name === 'daemon'
        ? 'ready'
        : 'done'
      : waiting
        ? 'waiting'
        : (node?.state ?? 'not started'),
    waitingFor,
    ...(since === undefined ? {} : { since }),
    ...(!holds && node?.error !== undefined ? { error: node.error } : {}),
    ...(!holds && node?.log !== undefined ? { log: node.log } : {}),
  }
}

/** Marathon has no more to do for the app. */
function settled(app: AppView | undefined, instances: number): boolean {
  if (!app) return true
  return (app.deployments ?? []).length === 0 && app.tasksRunning >= instances
}

/** Requirements of a step that do not hold, by the specs and not by what a container told: there may be no container. */
export function unmetOf(
  spec: StartSpec,
  step: string,
  state: ClusterState,
  host: string,
): readonly { readonly requirement: string; readonly why: string }[] {
  const requires =
    step === 'daemon' ? spec.daemon?.requires : spec.commands.find((each) => each.name === step)?.requires
  return (requires ?? [])
    .map((requirement) => ({
      ...satisfied(requirement, state, host),
      requirement: printRequirement(requirement),
    }))
    .filter((each) => !each.met)
}
