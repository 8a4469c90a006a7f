import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NoAuthError } from '../../src/zookeeper/errors.ts'
import { loginsOf } from '../../src/start/build-container.ts'
import { connectStore } from '../../src/zookeeper/zookeeper-store.ts'
import { eventually } from '../support/eventually.ts'
import { failsWith } from '../support/fails-with.ts'
import { createWholeLab } from '../support/start-lab.ts'
import { commandOf, daemonSpec } from '../support/start-specs.ts'

const whole = await createWholeLab('session')
const { server, deployment, lab, at, textOf, registered } = whole
const sh = (script: string): readonly string[] => ['sh', '-c', script]
const counting = (name: string): readonly string[] => sh(`echo start >> ${at(name)}; exec sleep 1000`)

test.after.each(() => lab.stopAll())
test.after(() => whole.close())

test('a session that expired is replaced: registered again, the daemon left alone', async () => {
  await deployment.deploy(daemonSpec('paused', { daemon: { command: counting('paused') } }))
  const paused = await lab.start('paused', { sessionSeconds: 1 })
  await eventually(async () => (await registered('paused')).length === 1)
  const before = (await registered('paused'))[0]?.incarnation
  paused.process.kill('SIGSTOP')
  await eventually(async () => (await registered('paused')).length === 0, 8_000)
  paused.process.kill('SIGCONT')
  await eventually(async () => (await registered('paused')).length === 1, 8_000)
  assert.is((await registered('paused'))[0]?.incarnation, before)
  assert.is(textOf('paused'), 'start\n')
})

test('ZooKeeper may go away and come back: the daemon keeps running and stays registered', async () => {
  await deployment.deploy(daemonSpec('steady', { daemon: { command: counting('steady') } }))
  const steady = await lab.start('steady', { sessionSeconds: 1 })
  await eventually(async () => (await registered('steady')).length === 1)
  await server.stop()
  await eventually(() => deployment.store.state === 'disconnected')
  assert.is(steady.process.exitCode, null)
  await server.start()
  await eventually(() => deployment.store.state === 'connected', 8_000)
  await eventually(async () => (await registered('steady')).length === 1)
  await deployment.writeVariables({ greeting: 'hello', debug: true })
  assert.is(textOf('steady'), 'start\n')
  // The session is alive: stopping takes the registration away at once.
  steady.process.kill('SIGTERM')
  assert.is((await steady.exited).code, 143)
  assert.equal(await registered('steady'), [])
})

test('a frozen ZooKeeper does not stop the daemon, and it is registered after the thaw', async () => {
  await deployment.deploy(daemonSpec('frozen', { daemon: { command: counting('frozen') } }))
  const frozen = await lab.start('frozen', { sessionSeconds: 1 })
  await eventually(async () => (await registered('frozen')).length === 1)
  const frozenAt = Date.now()
  server.freeze()
  try {
    await eventually(() => deployment.store.state === 'disconnected', 8_000)
    await eventually(() => Date.now() - frozenAt > 3_000)
    assert.is(frozen.process.exitCode, null)
  } finally {
    server.thaw()
  }
  await eventually(async () => (await registered('frozen')).length === 1, 10_000)
  assert.is(textOf('frozen'), 'start\n')
})

test('SIGTERM ends the container quickly while ZooKeeper is away', async () => {
  await deployment.deploy(daemonSpec('away', { daemon: { command: counting('away') } }))
  const away = await lab.start('away', { sessionSeconds: 1 })
  await eventually(async () => (await registered('away')).length === 1)
  await server.stop()
  const asked = Date.now()
  away.process.kill('SIGTERM')
  assert.is((await away.exited).code, 143)
  assert.ok(Date.now() - asked < 6_000, `took ${Date.now() - asked} ms`)
  await server.start()
  await eventually(() => deployment.store.state === 'connected', 8_000)
})

test('a command under the lock goes on through an expired session when nobody else took the lock', async () => {
  const script = `echo run >> ${at('held')}; while [ ! -e ${at('release')} ]; do sleep 0.02; done`
  const command = commandOf('held', { command: sh(script), timeoutSeconds: 60 })
  await deployment.deploy(daemonSpec('holder', { commands: [command] }))
  const holder = await lab.start('holder', { sessionSeconds: 1 })
  const lock = deployment.layout.lockOf('holder', 'held')
  await eventually(async () => (await deployment.store.read(lock)) !== undefined && textOf('held') !== '')
  holder.process.kill('SIGSTOP')
  await eventually(async () => (await deployment.store.read(lock)) === undefined, 8_000)
  holder.process.kill('SIGCONT')
  await eventually(async () => (await deployment.store.read(lock)) !== undefined, 8_000)
  const { writeFile } = await import('node:fs/promises')
  await writeFile(at('release'), '')
  await eventually(async () => (await deployment.status('global', 'holder', 'held'))?.state === 'done')
  assert.is(textOf('held'), 'run\n')
})

test('a container’s logins read their own secrets and nobody else’s', async () => {
  await deployment.deploy(daemonSpec('mine'), { secrets: { password: 'one-password' } })
  await deployment.deploy(daemonSpec('theirs'), { secrets: { password: 'another-password' } })
  const logins = loginsOf(deployment.keyOf('mine'))
  const store = await connectStore({
    servers: server.servers,
    logins,
    sessionTimeoutMs: 2_000,
    requestTimeoutMs: 5_000,
  })
  const { layout } = deployment
  const own = await store.read(layout.serviceSecrets('mine'))
  assert.ok(own)
  assert.not.match(own.data, 'one-password')
  await failsWith(() => store.read(layout.serviceSecrets('theirs')), NoAuthError)
  const acl = [{ digestId: 'x:y', permissions: ['read'] }] as const
  await failsWith(() => store.create(layout.registryOf('theirs', 'fake'), '', { acl }), NoAuthError)
  await failsWith(() => store.set(layout.service('mine'), '{}'), NoAuthError)
  await store.close()
})

test.run()
