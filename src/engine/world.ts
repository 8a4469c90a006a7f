import { randomUUID } from 'node:crypto'
import { isWithin } from '../marathon/app-id.ts'
import type { StoredApp, TaskFailure } from '../marathon/types.ts'
import { isoTime } from './instance.ts'
import type { StateJournal } from './state-journal.ts'
import type { DeploymentRecord, GroupRecord, HistoryEntry, Instance } from './types.ts'

// Source: Marathon's --zk_max_versions.
const versionsKept = 50

/** Everything that the engine knows, in memory; each change is also set in the journal. */
export class World {
  readonly apps = new Map<string, StoredApp>()
  /** Oldest first. */
  readonly history = new Map<string, readonly HistoryEntry[]>()
  readonly groups = new Map<string, GroupRecord>()
  readonly instances = new Map<string, Instance>()
  readonly deployments = new Map<string, DeploymentRecord>()
  readonly failures = new Map<string, TaskFailure>()
  readonly engineId: string
  readonly #byApp = new Map<string, Set<string>>()
  readonly #journal: StateJournal
  #lastVersionMs = 0

  constructor(journal: StateJournal) {
    this.#journal = journal
    for (const [key, value] of journal.entries) this.#load(key, value)
    const known = journal.entries.get('engine') as { readonly id: string } | undefined
    this.engineId = known?.id ?? randomUUID()
    if (!known) journal.set('engine', { id: this.engineId })
  }

  #load(key: string, value: unknown): void {
    const [kind, id] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
    if (kind === 'app') this.apps.set(id, value as StoredApp)
    if (kind === 'history') this.history.set(id, value as HistoryEntry[])
    if (kind === 'group') this.groups.set(id, value as GroupRecord)
    if (kind === 'instance') this.#index(loadedInstance(value as Instance))
    if (kind === 'deployment') this.deployments.set(id, value as DeploymentRecord)
    if (kind === 'failure') this.failures.set(id, value as TaskFailure)
    if (kind === 'history')
      this.#lastVersionMs = Math.max(
        this.#lastVersionMs,
        ...(value as HistoryEntry[]).map((entry) => Date.parse(entry.version)),
      )
  }

  /** A version: the time, but later than every version before it. */
  nextVersion(nowMs: number): string {
    this.#lastVersionMs = Math.max(nowMs, this.#lastVersionMs + 1)
    return isoTime(this.#lastVersionMs)
  }

  /** Null removes the app. Writes its history too. */
  setApp(id: string, app: StoredApp | null, version: string): void {
    if (app) this.apps.set(id, app)
    else this.apps.delete(id)
    this.#journal.set(`app:${id}`, app ?? undefined)
    const history = [...(this.history.get(id) ?? []), { version, app }].slice(-versionsKept)
    this.history.set(id, history)
    this.#journal.set(`history:${id}`, history)
  }

  setGroup(id: string, group: GroupRecord | undefined): void {
    if (group) this.groups.set(id, group)
    else this.groups.delete(id)
    this.#journal.set(`group:${id}`, group)
  }

  setInstance(instance: Instance): void {
    this.#index(instance)
    this.#journal.set(`instance:${instance.id}`, instance)
  }

  removeInstance(instance: Instance): void {
    this.instances.delete(instance.id)
    this.#byApp.get(instance.app.id)?.delete(instance.id)
    this.#journal.set(`instance:${instance.id}`, undefined)
  }

  setDeployment(record: DeploymentRecord): void {
    this.deployments.set(record.id, record)
    this.#journal.set(`deployment:${record.id}`, record)
  }

  removeDeployment(id: string): void {
    this.deployments.delete(id)
    this.#journal.set(`deployment:${id}`, undefined)
  }

  setFailure(appId: string, failure: TaskFailure | undefined): void {
    if (failure) this.failures.set(appId, failure)
    else this.failures.delete(appId)
    this.#journal.set(`failure:${appId}`, failure)
  }

  instancesOf(appId: string): readonly Instance[] {
    return [...(this.#byApp.get(appId) ?? [])].flatMap((id) => this.instances.get(id) ?? [])
  }

  appsWithin(groupId: string): readonly StoredApp[] {
    return [...this.apps.values()].filter((app) => isWithin(app.id, groupId))
  }

  /** Ids of the deployments that hold the app. */
  locksOf(appId: string): readonly string[] {
    return [...this.deployments.values()].filter((record) => appId in record.after).map((record) => record.id)
  }

  flush(): Promise<void> {
    return this.#journal.flush()
  }

  #index(instance: Instance): void {
    this.instances.set(instance.id, instance)
    const ids = this.#byApp.get(instance.app.id)
    if (ids) ids.add(instance.id)
    else this.#byApp.set(instance.app.id, new Set([instance.id]))
  }
}

/** JSON has turned "not probed yet" into null. */
function loadedInstance(instance: Instance): Instance {
  return { ...instance, health: instance.health.map((record) => record ?? undefined) }
}
