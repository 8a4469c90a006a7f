import type { FastifyInstance } from 'fastify'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiServer } from '../../src/engine/api/server.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineEvent } from '../../src/engine/event-bus.ts'
import type { HttpAnswer, Prober } from '../../src/engine/probe.ts'
import { defaultSandboxLimits } from '../../src/engine/sandbox.ts'
import { memoryJournal, type StateJournal } from '../../src/engine/state-journal.ts'
import type { Agent } from '../../src/engine/types.ts'
import type { AppView, QueueItem } from '../../src/marathon/types.ts'
import type { Deployment } from '../../src/marathon/deployment-types.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { MemoryRuntime } from '../fakes/memory-runtime.ts'

export interface Answer {
  readonly status: number
  // Tests read whatever JSON they expect.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
  readonly headers: Readonly<Record<string, unknown>>
}

/** An engine on a memory runtime and a clock that stands still until the test moves it. */
export interface TestEngine {
  readonly engine: Engine
  readonly clock: ManualClock
  readonly runtime: MemoryRuntime
  readonly prober: TestProber
  readonly journal: StateJournal
  readonly server: FastifyInstance
  readonly events: EngineEvent[]
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  app(id: string): Promise<AppView>
  queue(): Promise<readonly QueueItem[]>
  deployments(): Promise<readonly Deployment[]>
  /** Names of the events so far, oldest first. */
  eventTypes(): readonly string[]
  /** Lets everything run that waits for nothing but its turn; with ms also moves the clock. */
  settle(ms?: number): Promise<void>
  close(): Promise<void>
}

/** Answers probes as the test says; refuses connections otherwise. */
export class TestProber implements Prober {
  answer: (path: string) => HttpAnswer | undefined = () => undefined
  readonly asked: string[] = []

  async http(target: { host: string; port: number; path: string }): Promise<HttpAnswer> {
    this.asked.push(`${target.host}:${target.port}${target.path}`)
    const answer = this.answer(target.path)
    if (!answer) throw new Error('connect ECONNREFUSED')
    return answer
  }

  async tcp(target: { host: string; port: number }): Promise<void> {
    this.asked.push(`${target.host}:${target.port}`)
    if (!this.answer('')) throw new Error('connect ECONNREFUSED')
  }
}

export const testAgent: Agent = {
  id: 'agent-S0',
  hostname: 'h1',
  address: '10.0.0.1',
  attributes: { controller: 'true', rack: 'a', slots: '4' },
  resources: { cpus: 4, mem: 4096, disk: 10_000, gpus: 0, ports: [{ first: 1000, last: 32_000 }] },
}

export interface TestEngineOptions {
  readonly journal?: StateJournal
  readonly runtime?: MemoryRuntime
  readonly clock?: ManualClock
  readonly agent?: Agent
}

export async function startEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const { clock = new ManualClock(), journal = memoryJournal(), agent = testAgent } = options
  const runtime = options.runtime ?? new MemoryRuntime(clock)
  const prober = new TestProber()
  const directory = await mkdtemp(join(tmpdir(), 'kmesos-engine-'))
  const sandboxes = { directory, ...defaultSandboxLimits }
  const engine = new Engine({ agent, runtime, prober, journal, clock, sandboxes })
  const events: EngineEvent[] = []
  engine.context.bus.subscribe((event) => void events.push(event))
  const server = apiServer(engine, { version: 'test', leader: 'h1:8080' })
  await engine.start()
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const payload =
      body === undefined
        ? {}
        : { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await server.inject({ method: method as 'GET', url: path, ...payload })
    const json = String(answer.headers['content-type']).includes('json') && answer.body !== ''
    return { status: answer.statusCode, body: json ? answer.json() : answer.body, headers: answer.headers }
  }
  return {
    engine,
    clock,
    runtime,
    prober,
    journal,
    server,
    events,
    ask,
    app: async (id) => (await ask('GET', `/v2/apps${id}`)).body.app,
    queue: async () => (await ask('GET', '/v2/queue')).body.queue,
    deployments: async () => (await ask('GET', '/v2/deployments')).body,
    eventTypes: () => events.map((event) => event.eventType),
    settle: (ms = 0) => settle(clock, ms),
    close: async () => {
      await server.close()
      await engine.close()
      // What was under way when the engine closed still writes into its sandbox.
      await quiet()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

// Quiet turns of the event loop after which nothing more is on its way: the longest chain of answers takes fewer.
const quietTurns = 20

async function settle(clock: ManualClock, ms: number): Promise<void> {
  const target = clock.now() + ms
  await quiet()
  // One sleeper at a time: what it does before it sleeps again must be over before the next one wakes.
  for (let next = clock.nextWake; next !== undefined && next <= target; next = clock.nextWake) {
    await clock.advance(next - clock.now())
    await quiet()
  }
  await clock.advance(target - clock.now())
}

/** Files are read and written outside of the loop's turns: as long as an operation is under way, nothing is settled. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < quietTurns; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    if (process.getActiveResourcesInfo().some((name) => /^(?:FSReq|FileHandle)/.test(name))) turns = -1
  }
}

/** A small app that runs until it is told to end. */
export function app(id: string, more: object = {}): Record<string, unknown> {
  return {
    id,
    cmd: "trap 'exit 0' TERM; sleep 100000 & wait",
    cpus: 0.1,
    mem: 32,
    container: { docker: { image: 'busybox:test' } },
    portDefinitions: [],
    ...more,
  }
}

/** Runs the test's body against a fresh engine. */
export function withEngine(
  body: (engine: TestEngine) => Promise<void>,
  options: TestEngineOptions = {},
): () => Promise<void> {
  return async () => {
    const engine = await startEngine(options)
    try {
      await body(engine)
    } finally {
      await engine.close()
    }
  }
}
