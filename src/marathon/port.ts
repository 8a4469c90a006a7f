import type { MarathonEvent } from './events.ts'
import type { Deployment, Group, GroupUpdate, MarathonInfo } from './deployment-types.ts'
import type { AppView, DeploymentResult, MarathonApp, QueueItem, StoredApp, Task } from './types.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export interface ChangeOptions extends CallOptions {
  /** Cancels deployments that hold the app. Never unasked. */
  readonly force?: boolean
}

export interface PutOptions extends ChangeOptions {
  /** False (the default here) replaces the whole app: members left out return to Marathon's defaults. */
  readonly partialUpdate?: boolean
}

/** Members of an app to change; the others stay as they are (a patch by top-level member). */
export type AppUpdate = Partial<MarathonApp>

export interface EventStreamOptions {
  /** Ends the stream: the iteration is over, nothing is thrown. */
  readonly signal: AbortSignal
  /** Only these types (plus event_stream_attached). */
  readonly types?: readonly string[]
  /**
   * Called after each (re)connection, before its first event is delivered: read the state by REST here, since events of
   * the gap are lost. A failure of it counts as a broken connection.
   */
  readonly onConnected?: () => Promise<void>
  /** Called when the connection broke and before it is made again. */
  readonly onDisconnected?: (error: Error) => void
}

/**
 * The narrow port to Marathon. Reading an app that does not exist gives undefined; everything else that fails throws:
 * ConfigError (422, 400: all faults at once), LockedError (409), UnreachableError (no server answers, or 401),
 * TimeoutError, ApiError (any other answer, with its status).
 */
export interface Marathon {
  info(options?: CallOptions): Promise<MarathonInfo>
  ping(options?: CallOptions): Promise<void>
  /** `host:port` of the leader; undefined when there is none. */
  leader(options?: CallOptions): Promise<string | undefined>
  /** With `under`, only apps below this group. Counts and deployments are in; tasks and last failures when asked for. */
  apps(
    options?: CallOptions & { readonly under?: string; readonly tasks?: boolean },
  ): Promise<readonly AppView[]>
  app(id: string, options?: CallOptions): Promise<AppView | undefined>
  /** All in one deployment; creates those that do not exist. */
  putApps(apps: readonly MarathonApp[], options?: PutOptions): Promise<DeploymentResult>
  putApp(app: MarathonApp, options?: PutOptions): Promise<DeploymentResult>
  /** Changes the given members only. */
  updateApp(id: string, update: AppUpdate, options?: ChangeOptions): Promise<DeploymentResult>
  scale(id: string, instances: number, options?: ChangeOptions): Promise<DeploymentResult>
  /** Undefined when there was no such app. Marathon forces a DELETE by default; this client does not. */
  deleteApp(id: string, options?: ChangeOptions): Promise<DeploymentResult | undefined>
  restart(id: string, options?: ChangeOptions): Promise<DeploymentResult>
  versions(id: string, options?: CallOptions): Promise<readonly string[]>
  appVersion(id: string, version: string, options?: CallOptions): Promise<StoredApp | undefined>
  group(id: string, options?: CallOptions): Promise<Group | undefined>
  putGroup(group: GroupUpdate, options?: ChangeOptions): Promise<DeploymentResult>
  deleteGroup(id: string, options?: ChangeOptions): Promise<DeploymentResult | undefined>
  tasks(appId?: string, options?: CallOptions): Promise<readonly Task[]>
  /** Each killed task is replaced by a new one. */
  killTasks(ids: readonly string[], options?: CallOptions): Promise<readonly Task[]>
  deployments(options?: CallOptions): Promise<readonly Deployment[]>
  /** `force` just stops it and leaves apps half-way; without it a revert deployment begins, whose result is given. */
  cancelDeployment(id: string, options?: ChangeOptions): Promise<DeploymentResult | undefined>
  queue(options?: CallOptions): Promise<readonly QueueItem[]>
  /** Ends the launch delay of an app; does nothing when it is not queued. */
  resetDelay(id: string, options?: CallOptions): Promise<void>
  /** Follows the event stream, reconnecting until the signal aborts. */
  events(options: EventStreamOptions): AsyncIterable<MarathonEvent>
}
