import { LockedError } from '../../src/kernel/errors.ts'
import { sameApp } from '../../src/marathon/same-app.ts'
import { normalizeApp } from '../../src/marathon/normalize-app.ts'
import type { MarathonEvent } from '../../src/marathon/events.ts'
import type { EventStreamOptions, Marathon } from '../../src/marathon/port.ts'
import type { AppView, MarathonApp, QueueItem, Task, TaskFailure } from '../../src/marathon/types.ts'

/** Called when a task starts; the signal aborts when it is killed. */
export type OnLaunch = (app: MarathonApp, task: Task, signal: AbortSignal) => void

interface Running {
  readonly task: Task
  readonly stop: AbortController
}

interface Stored {
  app: AppView
  readonly tasks: Running[]
  failure?: TaskFailure
}

/**
 * A Marathon in memory, as far as the launcher uses it: apps, one task per instance, events, deployments that others hold.
 * Tasks run at once. What their containers do is up to `onLaunch`.
 */
export class MemoryMarathon {
  /** Calls that change something, in order: `PUT /a /b`, `DELETE /a`. */
  readonly changes: string[] = []
  readonly #apps = new Map<string, Stored>()
  readonly #listeners = new Set<(event: MarathonEvent) => void>()
  readonly #onLaunch: OnLaunch
  /** App -> the Marathon deployment that holds it. */
  readonly #locked = new Map<string, string>()
  readonly #queue: QueueItem[] = []
  #versions = 0

  constructor(onLaunch: OnLaunch = () => undefined) {
    this.#onLaunch = onLaunch
  }

  /** Makes changes of the app fail with 409 until `release`. */
  lock(id: string, deploymentId = 'of-somebody'): void {
    this.#locked.set(id, deploymentId)
  }

  release(id: string): void {
    this.#locked.delete(id)
    this.#emit('deployment_success')
  }

  /** The app's tasks are gone, and so much was told. */
  failTasks(id: string, message: string): void {
    const stored = this.#apps.get(id)
    if (!stored) return
    const [first] = this.#stopTasks(stored)
    const now = '2026-01-01T00:00:00.000Z'
    const place = {
      appId: id,
      host: 'h1',
      taskId: first?.task.id ?? `${id}.none`,
      version: stored.app.version,
    }
    stored.failure = { ...place, message, state: 'TASK_FAILED', timestamp: now }
    this.#emit('status_update_event')
  }

  enqueue(item: QueueItem): void {
    this.#queue.push(item)
  }

  app(id: string): AppView | undefined {
    const stored = this.#apps.get(id)
    return stored ? this.#view(stored) : undefined
  }

  get ids(): readonly string[] {
    return [...this.#apps.keys()].sort()
  }

  /** The port; what the launcher does not use is not there. */
  get port(): Marathon {
    const port: Partial<Marathon> = {
      info: async () => ({ name: 'marathon', version: '1.11.24', elected: true }),
      apps: async (options = {}) =>
        [...this.#apps.values()]
          .map((stored) => this.#view(stored, options.tasks))
          .filter((app) => app.id.startsWith(`${options.under ?? ''}/`)),
      putApps: async (apps, options) => this.#put(apps, options?.force),
      deleteApp: async (id, options) => this.#delete(id, options?.force),
      tasks: async () => [...this.#apps.values()].flatMap((stored) => stored.tasks.map(({ task }) => task)),
      deployments: async () =>
        [...this.#locked].map(([id, deployment]) => ({
          ...{ id: deployment, version: '', affectedApps: [id], affectedPods: [], steps: [] },
          ...{ currentActions: [], currentStep: 1, totalSteps: 1 },
        })),
      queue: async () => this.#queue,
      events: (options) => this.#events(options),
    }
    return port as Marathon
  }

  #put(apps: readonly MarathonApp[], force = false): { version: string; deploymentId: string } {
    this.#refuseLocked(
      apps.map((app) => app.id),
      force,
    )
    this.changes.push(`${force ? 'FORCE ' : ''}PUT ${apps.map((app) => app.id).join(' ')}`)
    for (const app of apps) this.#store(app)
    this.#emit('deployment_success')
    return { version: `v${this.#versions}`, deploymentId: `d${this.#versions}` }
  }

  #store(app: MarathonApp): void {
    const present = this.#apps.get(app.id)
    if (present && sameApp(app, present.app).length === 0) return
    if (present) this.#stopTasks(present)
    const version = `v${++this.#versions}`
    const counts = { tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0 }
    const times = { lastScalingAt: version, lastConfigChangeAt: version }
    const view = { ...normalizeApp(app), version, versionInfo: times, ...counts } as AppView
    const stored: Stored = { app: view, tasks: [] }
    this.#apps.set(app.id, stored)
    for (let instance = 0; instance < (app.instances ?? 1); instance++) this.#start(stored, instance)
  }

  #start(stored: Stored, instance: number): void {
    const { id, version } = stored.app
    const taskId = `${id.slice(1).replaceAll('/', '_')}.instance-${version}-${instance}._app.1`
    const task: Task = {
      id: taskId,
      appId: id,
      host: 'h1',
      state: 'TASK_RUNNING',
      version,
      ports: [],
      ipAddresses: [],
    }
    const stop = new AbortController()
    stored.tasks.push({ task, stop })
    this.#onLaunch(stored.app, task, stop.signal)
  }

  #delete(id: string, force = false): { version: string; deploymentId: string } | undefined {
    this.#refuseLocked([id], force)
    const stored = this.#apps.get(id)
    if (!stored) return undefined
    this.changes.push(`DELETE ${id}`)
    this.#stopTasks(stored)
    this.#apps.delete(id)
    this.#emit('app_terminated_event')
    return { version: 'gone', deploymentId: 'gone' }
  }

  #stopTasks(stored: Stored): readonly Running[] {
    const stopped = stored.tasks.splice(0)
    for (const { stop } of stopped) stop.abort()
    return stopped
  }

  #refuseLocked(ids: readonly string[], force: boolean): void {
    if (force) for (const id of ids) this.#locked.delete(id)
    const held = ids.filter((id) => this.#locked.has(id))
    if (held.length > 0)
      throw new LockedError(`app ${held.join(', ')} is locked by another Marathon deployment`)
  }

  #view(stored: Stored, tasks = true): AppView {
    return {
      ...stored.app,
      tasksRunning: stored.tasks.length,
      deployments: [],
      ...(tasks ? { tasks: stored.tasks.map(({ task }) => task) } : {}),
      ...(stored.failure ? { lastTaskFailure: stored.failure } : {}),
    }
  }

  #emit(eventType: string): void {
    for (const listener of [...this.#listeners]) listener({ eventType, timestamp: '' })
  }

  async *#events({ signal, onConnected }: EventStreamOptions): AsyncIterable<MarathonEvent> {
    const waiting: MarathonEvent[] = []
    let wake = (): void => undefined
    const listener = (event: MarathonEvent): void => {
      waiting.push(event)
      wake()
    }
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => wake(), { once: true })
    try {
      await onConnected?.()
      while (!signal.aborted) {
        const event = waiting.shift()
        if (event) yield event
        else await new Promise<void>((resolve) => (signal.aborted ? resolve() : (wake = resolve)))
      }
    } finally {
      this.#listeners.delete(listener)
    }
  }
}
