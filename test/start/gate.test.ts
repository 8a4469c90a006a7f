import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SpecChanged } from '../../src/start/container.ts'
import { awaitRequirements } from '../../src/start/gate.ts'
import type { Requirement, RegistryNode } from '../../src/start-spec/types.ts'
import { eventually } from '../support/eventually.ts'
import { failsWith } from '../support/fails-with.ts'
import { createMemoryLab, type MemoryContainer, type MemoryLab } from '../support/memory-container.ts'
import { commandOf, daemonSpec } from '../support/start-specs.ts'

const registration: RegistryNode = {
  host: 'h2',
  address: '10.9.0.2',
  ports: {},
  incarnation: 'x',
  since: '2026-01-02T03:04:05Z',
}

function gateOf({ container }: MemoryContainer, requires: readonly Requirement[]): Promise<void> {
  const config = container.source.current
  if (!config) throw new Error('no configuration')
  return awaitRequirements(container, { step: 'daemon', requires, config })
}

async function waitingOf(lab: MemoryLab, service: string): Promise<string | undefined> {
  const { store, layout } = lab.deployment
  return (await store.read(layout.waitingOf(service, 'i')))?.data
}

test('opens with the registration, tells what it waited for, and takes that away again', async () => {
  const lab = await createMemoryLab()
  await lab.deployment.deploy(daemonSpec('db'))
  await lab.deployment.deploy(daemonSpec('app'))
  const app = await lab.container('app', 'i')
  const gate = gateOf(app, [{ service: 'db', command: 'daemon', scope: 'global' }])
  await eventually(async () => (await waitingOf(lab, 'app'))?.includes('nobody is registered') === true)
  const db = await lab.container('db', 'd')
  const path = lab.deployment.layout.registryOf('db', 'd')
  await db.container.publisher.put(path, JSON.stringify(registration), true)
  await gate
  await eventually(async () => (await waitingOf(lab, 'app')) === undefined)
  assert.ok(app.lines.some((line) => line.includes('waits for db/daemon (nobody is registered)')))
})

test('a gate that is open from the start writes nothing', async () => {
  const lab = await createMemoryLab()
  await lab.deployment.deploy(daemonSpec('app'))
  const app = await lab.container('app', 'i')
  const before = app.lines.length
  await gateOf(app, [])
  assert.is(app.lines.length, before)
  assert.is(await waitingOf(lab, 'app'), undefined)
})

test('a host requirement is met by the same host only', async () => {
  const lab = await createMemoryLab()
  await lab.deployment.deploy(daemonSpec('agent'))
  await lab.deployment.deploy(daemonSpec('app'))
  const [app, agent] = [await lab.container('app', 'i'), await lab.container('agent', 'a')]
  const path = lab.deployment.layout.registryOf('agent', 'a')
  await agent.container.publisher.put(path, JSON.stringify(registration), true)
  const gate = gateOf(app, [{ service: 'agent', command: 'daemon', scope: 'host' }])
  await eventually(async () => (await waitingOf(lab, 'app'))?.includes('only on h2') === true)
  await agent.container.publisher.put(path, JSON.stringify({ ...registration, host: 'h1' }), true)
  await gate
})

test('begins again when the spec changes while it waits', async () => {
  const lab = await createMemoryLab()
  await lab.deployment.deploy(daemonSpec('app'))
  const app = await lab.container('app', 'i')
  const gate = gateOf(app, [{ service: 'nobody', command: 'daemon', scope: 'global' }])
  const failed = failsWith(() => gate, SpecChanged)
  await lab.deployment.deploy(daemonSpec('app', { commands: [commandOf('new')] }))
  await failed
})

test('ends with the reason when the container is stopped', async () => {
  const lab = await createMemoryLab()
  await lab.deployment.deploy(daemonSpec('app'))
  const app = await lab.container('app', 'i')
  const gate = gateOf(app, [{ service: 'nobody', command: 'daemon', scope: 'global' }])
  app.stop.abort(new Error('stopped by the test'))
  assert.is((await failsWith(() => gate, Error)).message, 'stopped by the test')
})

test.run()
