import type { Clock } from '../kernel/clock.ts'
import { isJsonObject, objectsOf, type JsonObject } from '../marathon/json.ts'
import { engineLabel, taskLabel, type ContainerRequest } from './container-request.ts'
import { DockerApi, DockerError } from './docker-api.ts'
import { execInContainer } from './docker-exec.ts'
import { demultiplex, jsonLines } from './docker-stream.ts'
import type {
  ContainerExit,
  ContainerRuntime,
  ContainerState,
  LogSink,
  RuntimeInfo,
  RuntimeListener,
  StartedContainer,
} from './runtime.ts'

export interface DockerRuntimeOptions {
  readonly socketPath: string
  /** Only containers with this label value are seen. */
  readonly engineId: string
  readonly clock: Clock
}

// A pull may take long, but its first progress line must not.
const pullStartMs = 120_000
const reconnectMs = 1000

/** Runs containers in the local Docker engine. */
export function dockerRuntime(options: DockerRuntimeOptions): ContainerRuntime {
  const api = new DockerApi(options.socketPath)
  return {
    info: () => info(api),
    start: (request, signal) => start(api, request, signal),
    stop: (name, graceSeconds) => stop(api, name, graceSeconds),
    remove: (name) => remove(api, name),
    list: () => list(api, options.engineId),
    exec: (name, argv, timeoutMs) => execInContainer(api, name, { argv, timeoutMs }),
    captureLogs: (name, sink, sinceMs) => captureLogs(api, name, { sink, sinceMs }),
    follow: (listener, signal) => void followForever(api, options, { listener, signal }),
  }
}

async function info(api: DockerApi): Promise<RuntimeInfo> {
  const answer = (await api.call({ method: 'GET', path: '/info', timeoutMs: 10_000 })) as JsonObject
  return {
    version: `Docker ${String(answer['ServerVersion'])}`,
    cpus: Number(answer['NCPU']),
    mem: Math.floor(Number(answer['MemTotal']) / 1024 / 1024),
  }
}

async function start(
  api: DockerApi,
  request: ContainerRequest,
  signal: AbortSignal,
): Promise<StartedContainer> {
  if (request.forcePull || !(await hasImage(api, request.image))) await pull(api, request.image, signal)
  signal.throwIfAborted()
  const name = encodeURIComponent(request.name)
  await api.call({ method: 'POST', path: `/containers/create?name=${name}`, body: request.body })
  try {
    await api.call({ method: 'POST', path: `/containers/${name}/start` })
    const address = addressOf(await inspect(api, request.name))
    return address === undefined ? {} : { address }
  } catch (error) {
    await remove(api, request.name)
    throw error
  }
}

async function hasImage(api: DockerApi, image: string): Promise<boolean> {
  const found = await unlessAbsent(api.call({ method: 'GET', path: `/images/${encodeURI(image)}/json` }))
  return found !== undefined
}

async function pull(api: DockerApi, image: string, signal: AbortSignal): Promise<void> {
  // Without a tag Docker would pull all of them.
  const tagged = /@|:[^/]+$/.test(image) ? image : `${image}:latest`
  const path = `/images/create?fromImage=${encodeURIComponent(tagged)}`
  try {
    const progress = await api.stream({ method: 'POST', path, signal, timeoutMs: pullStartMs })
    for await (const line of jsonLines(progress)) {
      if (isJsonObject(line) && typeof line['error'] === 'string') throw new DockerError(500, line['error'])
    }
  } catch (error) {
    if (error instanceof DockerError)
      throw new DockerError(error.status, `Failed to pull image '${image}': ${error.message}`)
    throw error
  }
}

async function inspect(api: DockerApi, name: string): Promise<JsonObject> {
  return (await api.call({
    method: 'GET',
    path: `/containers/${encodeURIComponent(name)}/json`,
  })) as JsonObject
}

function addressOf(inspected: JsonObject): string | undefined {
  const settings = inspected['NetworkSettings'] as JsonObject | undefined
  const networks = Object.values((settings?.['Networks'] ?? {}) as JsonObject).filter(isJsonObject)
  const found = networks
    .map((network) => network['IPAddress'])
    .find((address) => typeof address === 'string' && address !== '')
  return found as string | undefined
}

// Docker kills when the grace is over; if it has not answered this much later, the kill is asked for once more.
const stopMarginMs = 30_000

async function stop(api: DockerApi, name: string, graceSeconds: number): Promise<void> {
  const path = `/containers/${encodeURIComponent(name)}`
  const timeoutMs = graceSeconds * 1000 + stopMarginMs
  await unlessAbsent(api.call({ method: 'POST', path: `${path}/stop?t=${graceSeconds}`, timeoutMs }))
}

async function remove(api: DockerApi, name: string): Promise<void> {
  const path = `/containers/${encodeURIComponent(name)}?force=1&v=1`
  try {
    await unlessAbsent(api.call({ method: 'DELETE', path }))
  } catch (error) {
    // 409: it is being removed already.
    if (!(error instanceof DockerError && error.status === 409)) throw error
  }
}

async function list(api: DockerApi, engineId: string): Promise<readonly ContainerState[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${engineLabel}=${engineId}`] }))
  const found = objectsOf(
    await api.call({ method: 'GET', path: `/containers/json?all=1&filters=${filters}` }),
  )
  const states: ContainerState[] = []
  for (const item of found) {
    const state = await unlessAbsent(stateOf(api, item))
    if (state) states.push(state)
  }
  return states
}

async function stateOf(api: DockerApi, item: JsonObject): Promise<ContainerState> {
  const inspected = await inspect(api, String(item['Id']))
  const name = String(inspected['Name']).replace(/^\//, '')
  const taskId = (item['Labels'] as Record<string, string>)[taskLabel] ?? ''
  const state = inspected['State'] as JsonObject
  if (state['Running'] === true) {
    const address = addressOf(inspected)
    return { name, taskId, state: 'running', ...(address === undefined ? {} : { address }) }
  }
  if (state['Status'] === 'created') return { name, taskId, state: 'created' }
  return { name, taskId, state: 'exited', ...exitOf(state) }
}

function exitOf(state: JsonObject): ContainerExit {
  return { exitCode: Number(state['ExitCode']), outOfMemory: state['OOMKilled'] === true }
}

interface LogCapture {
  readonly sink: LogSink
  readonly sinceMs: number | undefined
}

async function captureLogs(api: DockerApi, name: string, { sink, sinceMs }: LogCapture): Promise<void> {
  const inspected = await inspect(api, name)
  const raw = (inspected['Config'] as JsonObject)['Tty'] === true
  const since = sinceMs === undefined ? '' : `&since=${(sinceMs / 1000).toFixed(3)}`
  const path = `/containers/${encodeURIComponent(name)}/logs?follow=1&stdout=1&stderr=1${since}`
  // A container that says nothing gives no answer yet on old engines: no limit.
  const answer = await api.stream({ method: 'GET', path, timeoutMs: 0 })
  for await (const part of demultiplex(answer, raw)) await sink.write(part.stream, part.bytes)
}

interface Following {
  readonly listener: RuntimeListener
  readonly signal: AbortSignal
}

async function followForever(
  api: DockerApi,
  options: DockerRuntimeOptions,
  following: Following,
): Promise<void> {
  const { signal, listener } = following
  const filters = { type: ['container'], event: ['die'], label: [`${engineLabel}=${options.engineId}`] }
  const path = `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`
  while (!signal.aborted) {
    try {
      const events = await api.stream({ method: 'GET', path, signal })
      listener.resync()
      for await (const event of jsonLines(events)) await reportExit(api, event, listener)
    } catch {
      // The daemon restarts or is gone: tried again until the engine stops.
    }
    if (!signal.aborted) await options.clock.sleep(reconnectMs, signal).catch(() => undefined)
  }
}

async function reportExit(api: DockerApi, event: unknown, listener: RuntimeListener): Promise<void> {
  const actor = isJsonObject(event)
    ? (event['Actor'] as { Attributes?: Record<string, string> } | undefined)
    : undefined
  const name = actor?.Attributes?.['name']
  if (name === undefined) return
  const inspected = await unlessAbsent(inspect(api, name))
  const state = inspected?.['State'] as JsonObject | undefined
  const known = { exitCode: Number(actor?.Attributes?.['exitCode'] ?? 0), outOfMemory: false }
  listener.exited(name, state ? { ...known, outOfMemory: state['OOMKilled'] === true } : known)
}

/** The answer; undefined when Docker says 404. */
async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof DockerError && error.status === 404) return undefined
    throw error
  }
}
