import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runEngine } from '../../src/engine/run-engine.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { connectMarathon } from '../../src/marathon/marathon-client.ts'
import type { MarathonApp } from '../../src/marathon/types.ts'
import { MemoryRuntime } from '../fakes/memory-runtime.ts'

export interface EngineFigures {
  readonly apps: number
  /** Seconds: one PUT of all apps until every task runs and the deployment is over; its journal on disk. */
  readonly putAll: number
  /** The same apps put once more: nothing changes. */
  readonly putAgain: number
  /** As many other apps, each by its own PUT, all at once. */
  readonly putEach: number
  /** Reading all apps with their tasks. */
  readonly readAll: number
  /** A new engine on the same state until it answers. */
  readonly restart: number
}

/** 500 apps on an engine with a runtime in memory, over HTTP, with the state on disk. */
export async function benchEngine(count = 500): Promise<EngineFigures> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'kmesos-bench-engine-'))
  const runtime = new MemoryRuntime(systemClock)
  const options = {
    listen: '127.0.0.1',
    port: 0,
    stateDirectory,
    runtime,
    hostname: 'bench',
    resources: { cpus: 10_000, mem: 10_000_000, ports: [{ first: 1, last: 60_000 }] },
  }
  let running = await runEngine(options)
  const marathon = connectMarathon({ urls: [running.url], clock: systemClock })
  const done = async (): Promise<void> => {
    while ((await marathon.deployments()).length > 0) await systemClock.sleep(5)
  }
  const first = appsNamed('bench', count)
  const putAll = await seconds(async () => {
    await marathon.putApps(first)
    await done()
  })
  const putAgain = await seconds(async () => void (await marathon.putApps(first)))
  const putEach = await seconds(async () => {
    await Promise.all(appsNamed('each', count).map((app) => marathon.putApp(app)))
    await done()
  })
  const readAll = await seconds(async () => void (await marathon.apps({ tasks: true })))
  await running.close()
  const restart = await seconds(async () => {
    running = await runEngine(options)
  })
  await running.close()
  for (const name of [...runtime.containers.keys()]) await runtime.remove(name)
  await rm(stateDirectory, { recursive: true })
  return { apps: count, putAll, putAgain, putEach, readAll, restart }
}

function appsNamed(group: string, count: number): readonly MarathonApp[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `/${group}/app-${index}`,
    cmd: "trap 'exit 0' TERM; sleep 100000 & wait",
    cpus: 0.1,
    mem: 64,
    container: { docker: { image: 'busybox:test' } },
    env: { KMESOS_SERVICE: `app-${index}`, KMESOS_DEPLOYMENT: 'bench' },
    portDefinitions: [{ port: 0, name: 'api' }],
  }))
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return Math.round(performance.now() - started) / 1000
}
