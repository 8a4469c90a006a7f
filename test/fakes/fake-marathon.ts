import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runEngine, type EngineOptions, type RunningEngine } from '../../src/engine/run-engine.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { connectMarathon } from '../../src/marathon/marathon-client.ts'
import type { Marathon } from '../../src/marathon/port.ts'
import { MemoryRuntime } from './memory-runtime.ts'

/**
 * A Marathon for tests: kmesos engine itself over HTTP, with containers in memory. A second, smaller imitation would only
 * be one more thing to be wrong. `runtime.images` says what exists; its commands are the memory runtime's.
 */
export interface FakeMarathon {
  readonly url: string
  readonly marathon: Marathon
  readonly runtime: MemoryRuntime
  readonly running: RunningEngine
  close(): Promise<void>
}

export async function startFakeMarathon(options: EngineOptions = {}): Promise<FakeMarathon> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'kmesos-fake-marathon-'))
  const runtime = new MemoryRuntime(systemClock)
  const running = await runEngine({
    listen: '127.0.0.1',
    port: 0,
    hostname: 'h1',
    stateDirectory,
    runtime,
    attributes: { controller: 'true', compute: 'true' },
    ...options,
  })
  const credentials = options.credentials ? { credentials: options.credentials } : {}
  const marathon = connectMarathon({ urls: [running.url], clock: systemClock, ...credentials })
  const close = async (): Promise<void> => {
    await running.close()
    for (const name of [...runtime.containers.keys()]) await runtime.remove(name)
    await rm(stateDirectory, { recursive: true, force: true })
  }
  return { url: running.url, marathon, runtime, running, close }
}
