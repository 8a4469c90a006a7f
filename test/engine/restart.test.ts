import { mkdtemp, readFile, rm, appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openJournal } from '../../src/engine/state-journal.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { MemoryRuntime } from '../fakes/memory-runtime.ts'
import { rejects } from '../support/rejects.ts'
import { app, startEngine } from './test-engine.ts'

/** What outlives an engine: its journal on disk, the containers, the time. */
async function surviving() {
  const directory = await mkdtemp(join(tmpdir(), 'kmesos-journal-'))
  const clock = new ManualClock()
  const runtime = new MemoryRuntime(clock)
  const start = async () => startEngine({ journal: await openJournal(directory), runtime, clock })
  return { directory, clock, runtime, start, remove: () => rm(directory, { recursive: true }) }
}

test('running tasks are adopted by the next engine, with their ids', async () => {
  const { start, runtime, remove } = await surviving()
  const first = await start()
  await first.ask('PUT', '/v2/apps/web', app('/web', { instances: 2 }))
  await first.settle()
  const before = (await first.app('/web')).tasks?.map((task) => task.id)
  await first.close()
  assert.is(runtime.containers.size, 2)
  const second = await start()
  await second.settle()
  const after = await second.app('/web')
  assert.equal([after.tasks?.map((task) => task.id), after.tasksRunning], [before, 2])
  await second.ask('DELETE', '/v2/apps/web')
  await second.settle()
  assert.is(runtime.containers.size, 0)
  await second.close()
  await remove()
})

test('a task that ended meanwhile is told and started again; one whose container is gone too', async () => {
  const { start, runtime, remove } = await surviving()
  const first = await start()
  await first.ask('PUT', '/v2/apps', [app('/ended'), app('/gone')])
  await first.settle()
  await first.close()
  const containerOf = (id: string): string =>
    [...runtime.containers.values()].find(({ request }) => request.body.Labels?.['kmesos.app'] === id)
      ?.request.name ?? ''
  runtime.kill(containerOf('/ended'))
  runtime.containers.delete(containerOf('/gone'))
  const second = await start()
  await second.settle()
  assert.is((await second.app('/ended')).lastTaskFailure?.message, 'Container exited with status 137')
  assert.match((await second.app('/gone')).lastTaskFailure?.message ?? '', /^Container is gone/)
  await second.settle(1000)
  assert.equal([(await second.app('/ended')).tasksRunning, (await second.app('/gone')).tasksRunning], [1, 1])
  await second.close()
  await remove()
})

test('a container of ours that no task knows is removed', async () => {
  const { start, runtime, remove } = await surviving()
  const first = await start()
  await first.ask('PUT', '/v2/apps/web', app('/web'))
  await first.settle()
  const request = [...runtime.containers.values()][0]?.request
  await first.close()
  assert.ok(request)
  await runtime.start({ ...request, name: 'mesos-stray' }, new AbortController().signal)
  const second = await start()
  await second.settle()
  assert.equal([...runtime.containers.keys()], [request.name])
  await second.close()
  await remove()
})

test('a deployment that waits goes on in the next engine', async () => {
  const { start, runtime, remove } = await surviving()
  runtime.images.clear()
  const first = await start()
  const { body } = await first.ask('PUT', '/v2/apps', [app('/db'), app('/web', { dependencies: ['/db'] })])
  await first.settle()
  await first.close()
  runtime.images.add('busybox:test')
  const second = await start()
  assert.is((await second.deployments())[0]?.id, body.deploymentId)
  await second.settle()
  assert.equal([(await second.app('/web')).tasksRunning, await second.deployments()], [1, []])
  await second.close()
  await remove()
})

test('a task that is killed with scale=true is the one that goes, also while the state is being written', async () => {
  const { start, remove, clock } = await surviving()
  const engine = await start()
  await engine.ask('PUT', '/v2/apps/web', app('/web'))
  await engine.settle()
  await clock.advance(1000)
  await engine.ask('PUT', '/v2/apps/web', { instances: 2 })
  await engine.settle()
  const tasks = [...((await engine.app('/web')).tasks ?? [])].sort((a, b) =>
    (a.startedAt ?? '').localeCompare(b.startedAt ?? ''),
  )
  await engine.ask('DELETE', `/v2/apps/web/tasks/${tasks[0]?.id}?scale=true`)
  await engine.settle()
  assert.equal(
    (await engine.app('/web')).tasks?.map((task) => task.id),
    [tasks[1]?.id],
  )
  await engine.close()
  await remove()
})

test('health is known again after a restart, not probed yet stays so', async () => {
  const { start, remove } = await surviving()
  const check = { protocol: 'HTTP', path: '/up', intervalSeconds: 10, timeoutSeconds: 5 }
  const first = await start()
  first.prober.answer = () => ({ status: 200, contentType: '', body: '' })
  const checked = app('/web', {
    portDefinitions: [{ port: 0 }],
    healthChecks: [
      { ...check, protocol: 'COMMAND', path: null, command: { value: 'true' }, delaySeconds: 1000 },
      check,
    ],
  })
  assert.is((await first.ask('PUT', '/v2/apps/web', checked)).status, 201)
  await first.settle(6000)
  assert.is((await first.app('/web')).tasksHealthy, 1)
  await first.close()
  const second = await start()
  await second.settle()
  assert.equal(
    [
      (await second.app('/web')).tasksHealthy,
      (await second.app('/web')).tasks?.[0]?.healthCheckResults?.length,
    ],
    [1, 1],
  )
  await second.close()
  await remove()
})

test('the journal keeps the last value of each key, drops removed ones and a torn last line', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kmesos-journal-'))
  const path = join(directory, 'state.jsonl')
  const journal = await openJournal(directory)
  for (let round = 0; round < 3; round++) {
    journal.set('a', { round })
    await journal.flush()
  }
  journal.set('b', 1)
  journal.set('c', 2)
  await journal.flush()
  journal.set('b', undefined)
  await journal.close()
  await appendFile(path, '{"k":"a","v":{"rou')
  const again = await openJournal(directory)
  assert.equal(
    [...again.entries],
    [
      ['a', { round: 2 }],
      ['c', 2],
    ],
  )
  await again.close()
  assert.is((await readFile(path, 'utf8')).trim().split('\n').length, 2)
  await appendFile(path, 'garbage\n{"k":"d","v":1}\n')
  await rejects(openJournal(directory), /damaged in line 3/)
  await rm(directory, { recursive: true })
})

test('writers that come together share one write, and all of them are on disk after it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kmesos-journal-'))
  const journal = await openJournal(directory)
  const flushes = Array.from({ length: 50 }, async (_, index) => {
    journal.set(`key${index}`, index)
    await journal.flush()
    return (await readFile(join(directory, 'state.jsonl'), 'utf8')).includes(`"key${index}"`)
  })
  assert.ok((await Promise.all(flushes)).every(Boolean))
  await journal.close()
  await rm(directory, { recursive: true })
})

test.run()
