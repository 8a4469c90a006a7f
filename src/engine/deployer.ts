import { randomUUID } from 'node:crypto'
import type { DeploymentResult, StoredApp } from '../marathon/types.ts'
import type { EngineContext } from './context.ts'
import { isCurrent, isReady, newInstance } from './instance.ts'
import { planSteps } from './plan-deployment.ts'
import { changeCondition } from './task-events.ts'
import type { DeploymentRecord, Instance, PlannedAction } from './types.ts'
import { beginRestart, byKillOrder, nextMove } from './upgrade.ts'

/** Apps to store (null = remove) under one new version. Apps that stay as they are must not be in it. */
export interface Change {
  readonly version: string
  readonly apps: ReadonlyMap<string, StoredApp | null>
}

/** Another deployment holds one of the apps. */
export class LockedByDeployments extends Error {
  readonly ids: readonly string[]

  constructor(ids: readonly string[]) {
    super('App is locked by one or more deployments.')
    this.ids = ids
  }
}

/** Ends an instance for good, or lets the runner do so. */
export type Kill = (instance: Instance) => void

/** Brings changes about, step by step. */
export class Deployer {
  readonly #context: EngineContext
  readonly #kill: Kill
  /** Apps whose action of the present step is done, by deployment: a done action is not looked at again. */
  readonly #done = new Map<string, Set<string>>()

  constructor(context: EngineContext, kill: Kill) {
    this.#context = context
    this.#kill = kill
  }

  /** Stores the change and begins its deployment. Throws LockedByDeployments unless forced, which cancels those. */
  begin(change: Change, force: boolean): DeploymentResult {
    const { world, bus } = this.#context
    const conflicts = new Set([...change.apps.keys()].flatMap((id) => world.locksOf(id)))
    if (conflicts.size > 0 && !force) throw new LockedByDeployments([...conflicts])
    for (const id of conflicts) this.#fail(id, 'The upgrade has been cancelled')
    const record = this.#record(change)
    for (const [id, app] of change.apps) world.setApp(id, app, change.version)
    world.setDeployment(record)
    bus.publish('group_change_success', { groupId: '/', version: change.version })
    this.#context.poke()
    return { version: change.version, deploymentId: record.id }
  }

  #record(change: Change): DeploymentRecord {
    const { world } = this.#context
    const before = world.apps
    const after = new Map(before)
    for (const [id, app] of change.apps) {
      if (app) after.set(id, app)
      else after.delete(id)
    }
    const groupDependencies = new Map(
      [...world.groups.values()]
        .filter((group) => group.dependencies.length > 0)
        .map((group) => [group.id, group.dependencies]),
    )
    const changed = [...change.apps.keys()]
    return {
      id: randomUUID(),
      version: change.version,
      steps: planSteps({ before, after, changed, groupDependencies }),
      current: -1,
      before: Object.fromEntries(changed.map((id) => [id, before.get(id) ?? null])),
      after: Object.fromEntries(change.apps),
      restarts: {},
    }
  }

  /** Stops a deployment where it is. */
  cancel(id: string): void {
    this.#fail(id, 'The upgrade has been cancelled')
    this.#context.poke()
  }

  /** Goes back to the apps before the deployment; instances that still run their configuration stay. */
  revert(record: DeploymentRecord, version: string): DeploymentResult {
    const apps = new Map(
      Object.entries(record.before).map(([id, app]) => [id, app && reverted(app, version)] as const),
    )
    return this.begin({ version, apps }, true)
  }

  #fail(id: string, reason: string): void {
    const record = this.#context.world.deployments.get(id)
    if (!record) return
    this.#context.world.removeDeployment(id)
    this.#done.delete(id)
    this.#context.bus.publish('deployment_failed', { id, plan: planOf(record), reason })
  }

  /** Does what can be done now in every deployment. */
  advance(): void {
    for (const record of [...this.#context.world.deployments.values()]) this.#advanceOne(record)
  }

  #advanceOne(start: DeploymentRecord): void {
    const { world, bus } = this.#context
    let record = start.current < 0 ? this.#enter(start, 0) : start
    for (;;) {
      const step = record.steps[record.current]
      if (!step) break
      const stepDone = this.#driveStep(record.id, step)
      record = world.deployments.get(record.id) ?? record
      if (!stepDone) return
      bus.publish('deployment_step_success', { plan: planOf(record), currentStep: { actions: step } })
      record = this.#enter(record, record.current + 1)
    }
    world.removeDeployment(record.id)
    this.#done.delete(record.id)
    bus.publish('deployment_success', { id: record.id, plan: planOf(record) })
  }

  #driveStep(deploymentId: string, step: readonly PlannedAction[]): boolean {
    const done = this.#done.get(deploymentId) ?? new Set()
    this.#done.set(deploymentId, done)
    for (const action of step) {
      if (!done.has(action.app) && this.#drive(deploymentId, action)) done.add(action.app)
    }
    return step.every((action) => done.has(action.app))
  }

  #enter(record: DeploymentRecord, current: number): DeploymentRecord {
    const next = { ...record, current }
    this.#done.delete(record.id)
    this.#context.world.setDeployment(next)
    const step = next.steps[current]
    if (step)
      this.#context.bus.publish('deployment_info', { plan: planOf(next), currentStep: { actions: step } })
    return next
  }

  /** Moves one action on; true when it is done. */
  #drive(deploymentId: string, { action, app: id }: PlannedAction): boolean {
    const { world } = this.#context
    if (action === 'StartApplication') return true
    if (action === 'StopApplication') return this.#stopAll(id)
    const app = world.apps.get(id)
    if (!app) return true
    const all = world.instancesOf(id)
    const old = all.filter((instance) => !isCurrent(instance, app))
    const fresh = all.filter((instance) => isCurrent(instance, app))
    return old.length > 0 || action === 'RestartApplication'
      ? this.#restart(deploymentId, app, { old, fresh })
      : this.scale(app, fresh)
  }

  #stopAll(id: string): boolean {
    const { world, bus } = this.#context
    for (const instance of world.instancesOf(id)) this.#decommission(instance)
    if (world.instancesOf(id).length > 0) return false
    world.setFailure(id, undefined)
    bus.publish('app_terminated_event', { appId: id })
    return true
  }

  /** Starts or ends instances until there are as many as wanted; true when all of them are ready. */
  scale(app: StoredApp, instances: readonly Instance[]): boolean {
    const kept = instances.filter((instance) => instance.goal === 'Running')
    const surplus = [...kept].sort(byKillOrder(app)).slice(0, Math.max(0, kept.length - app.instances))
    for (const instance of surplus) this.#decommission(instance)
    this.#schedule(app, app.instances - kept.length)
    const done = instances.length === app.instances && kept.length === app.instances
    return done && kept.every(isReady)
  }

  #restart(
    deploymentId: string,
    app: StoredApp,
    { old, fresh }: { readonly old: readonly Instance[]; readonly fresh: readonly Instance[] },
  ): boolean {
    const { world } = this.#context
    const record = world.deployments.get(deploymentId)
    const begin = record?.restarts[app.id] ?? beginRestart(app, old)
    if (record && !record.restarts[app.id]) {
      world.setDeployment({ ...record, restarts: { ...record.restarts, [app.id]: begin } })
    }
    if (fresh.length > app.instances) this.scale(app, fresh)
    const move = nextMove(app, begin, old, fresh)
    for (const instance of move.kill) this.#decommission(instance)
    this.#schedule(app, move.start)
    return move.done
  }

  #schedule(app: StoredApp, count: number): void {
    for (let index = 0; index < count; index++) {
      changeCondition(this.#context, newInstance(app, this.#context.clock.now()), 'Scheduled')
    }
  }

  #decommission(instance: Instance): void {
    if (instance.goal === 'Decommissioned') return
    const leaving: Instance = { ...instance, goal: 'Decommissioned' }
    this.#context.world.setInstance(leaving)
    this.#kill(leaving)
  }
}

/** The stored app again, as a new version; the configuration keeps its age, so its tasks are not replaced. */
function reverted(app: StoredApp, version: string): StoredApp {
  return { ...app, version, versionInfo: { ...app.versionInfo, lastScalingAt: version } }
}

/** The light form in which events tell of a plan. */
export function planOf(record: DeploymentRecord): Record<string, unknown> {
  return { id: record.id, version: record.version, steps: record.steps.map((actions) => ({ actions })) }
}
