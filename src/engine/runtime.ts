import type { ContainerRequest } from './container-request.ts'

export interface RuntimeInfo {
  /** For people: `Docker 20.10.24`. */
  readonly version: string
  readonly cpus: number
  /** MiB */
  readonly mem: number
}

export interface StartedContainer {
  /** The container's own address; undefined on the host network. */
  readonly address?: string
}

export interface ContainerExit {
  readonly exitCode: number
  readonly outOfMemory: boolean
}

export type ContainerState =
  | { readonly name: string; readonly taskId: string; readonly state: 'created' }
  | { readonly name: string; readonly taskId: string; readonly state: 'running'; readonly address?: string }
  | ({ readonly name: string; readonly taskId: string; readonly state: 'exited' } & ContainerExit)

export interface ExecResult {
  readonly exitCode: number
  /** stdout and stderr together, at most the first 64 KiB. */
  readonly output: string
}

/** Where a container's output goes. */
export interface LogSink {
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void>
}

export interface RuntimeListener {
  /** A container of ours ended. */
  exited(name: string, exit: ContainerExit): void
  /** (Re)connected: exits may have been missed; compare with `list()`. */
  resync(): void
}

/** The port to a container engine; doors: docker-runtime.ts (real) and the tests' memory runtime. */
export interface ContainerRuntime {
  info(): Promise<RuntimeInfo>
  /** Gets the image when it is missing (or always, with forcePull), creates and starts. Throws an Error in the engine's own words. */
  start(request: ContainerRequest, signal: AbortSignal): Promise<StartedContainer>
  /** SIGTERM (or the image's stop signal), after the grace SIGKILL; resolves when it has ended. Absent = ended. */
  stop(name: string, graceSeconds: number): Promise<void>
  /** With its anonymous volumes, running or not; an absent one is fine. */
  remove(name: string): Promise<void>
  /** All containers that carry the engine's label, ended ones too. */
  list(): Promise<readonly ContainerState[]>
  exec(name: string, argv: readonly string[], timeoutMs: number): Promise<ExecResult>
  /** Copies the output to the sink until the container ends; `sinceMs` = only what came after. Resolves when all is written. */
  captureLogs(name: string, sink: LogSink, sinceMs?: number): Promise<void>
  /** Reports exits until the signal aborts. */
  follow(listener: RuntimeListener, signal: AbortSignal): void
}
