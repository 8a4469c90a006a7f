import type { MarathonEvent } from './events.ts'
import { followEvents } from './event-client.ts'
import { HttpClient, type HttpOptions, type MarathonCall } from './http-client.ts'
import type {
  AppUpdate,
  CallOptions,
  ChangeOptions,
  EventStreamOptions,
  Marathon,
  PutOptions,
} from './port.ts'
import type { Deployment, Group, GroupUpdate, MarathonInfo } from './deployment-types.ts'
import type { AppView, DeploymentResult, MarathonApp, QueueItem, StoredApp, Task } from './types.ts'

export type MarathonOptions = HttpOptions

/** The client of Marathon's v2 API. Nothing is sent before the first call. */
export function connectMarathon(options: MarathonOptions): Marathon {
  return new MarathonClient(new HttpClient(options))
}

const idle: CallOptions = {}

class MarathonClient implements Marathon {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  info({ signal }: CallOptions = idle): Promise<MarathonInfo> {
    return this.#get('/v2/info', signal)
  }

  async ping({ signal }: CallOptions = idle): Promise<void> {
    await this.#get('/ping', signal)
  }

  async leader({ signal }: CallOptions = idle): Promise<string | undefined> {
    const found = await this.#find<{ leader: string }>('/v2/leader', signal)
    return found?.leader
  }

  async apps(options: CallOptions & { under?: string; tasks?: boolean } = idle): Promise<readonly AppView[]> {
    const embeds = [
      'apps.counts',
      'apps.deployments',
      ...(options.tasks ? ['apps.tasks', 'apps.lastTaskFailure'] : []),
    ]
    const query = embeds.map((name) => `embed=${name}`).join('&')
    const { apps } = await this.#get<{ apps: readonly AppView[] }>(`/v2/apps?${query}`, options.signal)
    const { under } = options
    return under === undefined
      ? apps
      : apps.filter((app) => app.id.startsWith(under === '/' ? '/' : `${under}/`))
  }

  async app(id: string, { signal }: CallOptions = idle): Promise<AppView | undefined> {
    return (await this.#find<{ app: AppView }>(appPath(id), signal))?.app
  }

  putApps(apps: readonly MarathonApp[], options: PutOptions = idle): Promise<DeploymentResult> {
    return this.#change({
      method: 'PUT',
      path: `/v2/apps?${putQuery(options)}`,
      body: apps,
      signal: options.signal,
    })
  }

  putApp(app: MarathonApp, options: PutOptions = idle): Promise<DeploymentResult> {
    const path = `${appPath(app.id)}?${putQuery(options)}`
    return this.#change({ method: 'PUT', path, body: app, signal: options.signal })
  }

  updateApp(id: string, update: AppUpdate, options: ChangeOptions = idle): Promise<DeploymentResult> {
    const path = `${appPath(id)}?${putQuery({ ...options, partialUpdate: true })}`
    return this.#change({ method: 'PUT', path, body: update, signal: options.signal })
  }

  scale(id: string, instances: number, options: ChangeOptions = idle): Promise<DeploymentResult> {
    return this.updateApp(id, { instances }, options)
  }

  deleteApp(id: string, options: ChangeOptions = idle): Promise<DeploymentResult | undefined> {
    return this.#remove(`${appPath(id)}?${forceQuery(options)}`, options)
  }

  restart(id: string, options: ChangeOptions = idle): Promise<DeploymentResult> {
    const path = `${appPath(id)}/restart?${forceQuery(options)}`
    return this.#change({ method: 'POST', path, body: {}, signal: options.signal })
  }

  async versions(id: string, { signal }: CallOptions = idle): Promise<readonly string[]> {
    return (await this.#get<{ versions: readonly string[] }>(`${appPath(id)}/versions`, signal)).versions
  }

  appVersion(id: string, version: string, { signal }: CallOptions = idle): Promise<StoredApp | undefined> {
    return this.#find(`${appPath(id)}/versions/${version}`, signal)
  }

  group(id: string, { signal }: CallOptions = idle): Promise<Group | undefined> {
    return this.#find(`/v2/groups${pathOf(id)}`, signal)
  }

  putGroup(group: GroupUpdate, options: ChangeOptions = idle): Promise<DeploymentResult> {
    const path = `/v2/groups${pathOf(group.id ?? '/')}?${forceQuery(options)}`
    return this.#change({ method: 'PUT', path, body: group, signal: options.signal })
  }

  deleteGroup(id: string, options: ChangeOptions = idle): Promise<DeploymentResult | undefined> {
    return this.#remove(`/v2/groups${pathOf(id)}?${forceQuery(options)}`, options)
  }

  async tasks(appId?: string, { signal }: CallOptions = idle): Promise<readonly Task[]> {
    const path = appId === undefined ? '/v2/tasks' : `${appPath(appId)}/tasks`
    return (await this.#get<{ tasks: readonly Task[] }>(path, signal)).tasks
  }

  async killTasks(ids: readonly string[], { signal }: CallOptions = idle): Promise<readonly Task[]> {
    const call = { method: 'POST', path: '/v2/tasks/delete', body: { ids }, signal } as const
    return ((await this.#http.call(call)) as { tasks: readonly Task[] }).tasks
  }

  deployments({ signal }: CallOptions = idle): Promise<readonly Deployment[]> {
    return this.#get('/v2/deployments', signal)
  }

  cancelDeployment(id: string, options: ChangeOptions = idle): Promise<DeploymentResult | undefined> {
    return this.#remove(`/v2/deployments/${id}?${forceQuery(options)}`, options)
  }

  async queue({ signal }: CallOptions = idle): Promise<readonly QueueItem[]> {
    return (await this.#get<{ queue: readonly QueueItem[] }>('/v2/queue', signal)).queue
  }

  async resetDelay(id: string, options: CallOptions = idle): Promise<void> {
    await this.#remove(`/v2/queue${pathOf(id)}/delay`, options)
  }

  events(options: EventStreamOptions): AsyncIterable<MarathonEvent> {
    return followEvents(this.#http, options)
  }

  async #get<T>(path: string, signal: AbortSignal | undefined): Promise<T> {
    return (await this.#http.call({ method: 'GET', path, signal })) as T
  }

  /** Undefined when Marathon says 404. */
  async #find<T>(path: string, signal: AbortSignal | undefined): Promise<T | undefined> {
    return (await this.#http.call({ method: 'GET', path, signal, absent: true })) as T | undefined
  }

  async #change(call: MarathonCall): Promise<DeploymentResult> {
    return (await this.#http.call(call)) as DeploymentResult
  }

  async #remove(path: string, { signal }: CallOptions): Promise<DeploymentResult | undefined> {
    const answer = await this.#http.call({ method: 'DELETE', path, signal, absent: true })
    return answer as DeploymentResult | undefined
  }
}

function appPath(id: string): string {
  return `/v2/apps${pathOf(id)}`
}

function pathOf(id: string): string {
  const path = id.startsWith('/') ? id : `/${id}`
  return path === '/' ? '' : path
}

function forceQuery({ force = false }: ChangeOptions): string {
  return `force=${force}`
}

function putQuery({ force = false, partialUpdate = false }: PutOptions): string {
  return `force=${force}&partialUpdate=${partialUpdate}`
}
