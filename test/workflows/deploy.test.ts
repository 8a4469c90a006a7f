import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  FailedError,
  LockedError,
  TimeoutError,
  UnreachableError,
  UsageError,
} from '../../src/kernel/errors.ts'
import { compose } from '../../src/services/compose.ts'
import { deployPhases } from '../../src/workflows/deploy.ts'
import type { LoadedDeployment } from '../../src/workflows/load-deployment.ts'
import { serviceStatus } from '../../src/workflows/status.ts'
import { roleSource, sampleInventory, smallService, sourcesOf } from '../services/sample-site.ts'
import { failsWith } from '../support/fails-with.ts'
import { newRig, settle, subjectsOf, type Rig } from './deploy-rig.ts'

test('its phases are the list that docs and --check show', async () => {
  const rig = await newRig()
  assert.equal(
    deployPhases(rig.request, rig.loaded, rig.clients).map((phase) => phase.title),
    [
      'Check that Marathon and ZooKeeper answer',
      'Put the keys of the services on the hosts',
      'Write the configuration to ZooKeeper',
      'Launch all services at once',
      'Wait until every service is ready',
      'Remove what is done or gone',
      'Remove keys of services that are gone',
      'Write what users need',
    ],
  )
  rig.close()
})

test('brings everything up: all apps at once, each step after what it requires, the job removed', async () => {
  const rig = await newRig()
  const result = await rig.deploy()
  const [put = '', ...rest] = rig.marathon.changes
  assert.equal(put.split(' ').sort(), [
    '/test/keystone-api',
    '/test/keystone-db',
    '/test/mariadb',
    '/test/memcached',
    'PUT',
  ])
  assert.equal(rest, ['DELETE /test/keystone-db'])
  const { ran } = rig.containers
  const order = [
    'mariadb/daemon',
    'keystone-db/create',
    'keystone-api/db_sync',
    'keystone-api/bootstrap',
    'keystone-api/daemon',
  ]
  assert.equal(
    ran.filter((step) => order.includes(step)),
    order,
  )
  assert.equal(rig.marathon.ids, ['/test/keystone-api', '/test/mariadb', '/test/memcached'])
  assert.equal(result.endpoints, { keystone: 'http://10.0.0.1:5000/v3' })
  const [openrc = ''] = result.outputs
  assert.is(statSync(openrc).mode & 0o777, 0o600)
  const password = rig.loaded.credentials.passwords.get('keystone_admin_password')?.reveal() ?? '?'
  assert.ok(readFileSync(openrc, 'utf8').includes(`OS_PASSWORD='${password}'`))
  rig.close()
})

test('a second deploy changes nothing, sends nothing and says so', async () => {
  const rig = await newRig()
  await rig.deploy()
  const before = rig.marathon.changes.length
  const steps = rig.containers.ran.length
  rig.events.length = 0
  const result = await rig.deploy({}, await rig.reload())
  assert.equal(subjectsOf(result), [])
  assert.is(rig.marathon.changes.length, before)
  assert.is(rig.containers.ran.length, steps)
  const notes = rig.events.flatMap((event) => (event.kind === 'phase-ended' ? [event.outcome] : []))
  assert.equal([...new Set(notes)], ['ok'])
  // One look per host, nothing put.
  assert.is(rig.host.calls.length, 3)
  rig.close()
})

test('check plans the same changes and makes none', async () => {
  const rig = await newRig()
  const planned = await rig.deploy({ check: true })
  assert.equal(rig.marathon.changes, [])
  assert.is(await rig.clients.store.children('/kmesos'), undefined)
  const done = await rig.deploy()
  const isForecast = (subject: string): boolean => subject !== 'delete app /test/keystone-db'
  assert.equal(subjectsOf(planned), subjectsOf(done).filter(isForecast))
  assert.equal(subjectsOf(await rig.deploy({ check: true })), [])
  rig.close()
})

test('a changed variable writes and runs again only what uses it', async () => {
  const rig = await newRig()
  await rig.deploy()
  rig.containers.ran.length = 0
  const result = await rig.deploy({}, await rig.reload({ vars: { debug: true } }))
  assert.equal(subjectsOf(result), [
    'update variables and folders',
    // Its container takes the new files up by itself: the app stays.
    'update configuration of keystone-api',
  ])
  assert.equal(
    rig.containers.ran.filter((step) => !step.startsWith('keystone-api/')),
    [],
  )
  assert.ok(rig.containers.ran.includes('keystone-api/db_sync'))
  rig.close()
})

/** The rig's deployment with one daemon alone, memcached, that has no commands and this template. */
function oneDaemon(rig: Rig, template: string): LoadedDeployment {
  const files = '    files: [{ source: a.conf.ejs, dest: /etc/a.conf }]\n'
  const role = roleSource('memcached', smallService('memcached', files), {
    templates: { 'a.conf.ejs': template },
  })
  const composition = compose({
    ...{ inventory: sampleInventory(), sources: sourcesOf(role), deployment: 'test' },
    fingerprint: (name) => name,
  })
  return { ...rig.loaded, composition }
}

test('a deploy that changes a template only does not end before the daemon was restarted with it', async () => {
  const turns = new Map<string, Promise<void>>()
  const rig = await newRig({ turns })
  await rig.deploy({}, oneDaemon(rig, 'one'))
  assert.equal(rig.containers.ran, ['memcached/daemon'])
  let takeTurn = (): void => undefined
  turns.set('memcached', new Promise((resolve) => (takeTurn = resolve)))

  let ended = false
  const deploying = rig.deploy({}, oneDaemon(rig, 'two')).finally(() => (ended = true))
  await settle()
  assert.is(ended, false)
  const [before] = await serviceStatus('test', rig.clients)
  assert.is(before?.state, 'outdated')
  assert.is(before?.ready, false)
  assert.match(before?.detail ?? '', /^running an older configuration since 2026-/)
  const told = rig.events.filter((event) => event.kind === 'state' && event.state === 'outdated')
  assert.is(told.length, 1)

  takeTurn()
  const result = await deploying
  assert.equal(subjectsOf(result), ['update configuration of memcached'])
  assert.equal(rig.containers.ran, ['memcached/daemon', 'memcached/daemon'])
  assert.is((await serviceStatus('test', rig.clients))[0]?.ready, true)
  assert.equal(subjectsOf(await rig.deploy({}, oneDaemon(rig, 'two'))), [])
  rig.close()
})

test('at the deadline it is told who still runs an older configuration', async () => {
  const turns = new Map<string, Promise<void>>()
  const rig = await newRig({ turns })
  await rig.deploy({}, oneDaemon(rig, 'one'))
  turns.set('memcached', new Promise(() => undefined))
  const running = failsWith(() => rig.deploy({}, oneDaemon(rig, 'two')), TimeoutError)
  await settle()
  await rig.clock.advance(60_000)
  const error = await running
  assert.match(error.detail ?? '', /^memcached\/daemon on h1: running an older configuration since 2026-/)
  rig.close()
})

test('a changed password is sealed anew and runs only the commands that are given it', async () => {
  const rig = await newRig()
  await rig.deploy()
  rig.containers.ran.length = 0
  const file = join(rig.folder, 'passwords.yml')
  const { writePrivateFile } = await import('../../src/secrets/password-store.ts')
  await writePrivateFile(
    file,
    readFileSync(file, 'utf8').replace(/keystone_admin_password: .*/, 'keystone_admin_password: another'),
  )
  const result = await rig.deploy({}, await rig.reload())
  assert.equal(subjectsOf(result), [
    'update configuration of keystone-api',
    'update app /test/keystone-api',
    `update file ${join(rig.folder, 'out')}/openrc`,
  ])
  assert.ok(rig.containers.ran.includes('keystone-api/bootstrap'))
  assert.not.ok(rig.containers.ran.includes('keystone-api/db_sync'))
  rig.close()
})

test('only some services: others are neither touched nor removed', async () => {
  const rig = await newRig()
  const result = await rig.deploy({ only: ['memcached'] })
  assert.equal(rig.marathon.ids, ['/test/memcached'])
  assert.ok(!subjectsOf(result).some((subject) => subject.includes('keystone-api')))
  await rig.deploy()
  assert.equal(subjectsOf(await rig.deploy({ only: ['mariadb'] })), [])
  const error = await failsWith(() => rig.deploy({ only: ['memcache'] }), UsageError)
  assert.match(error.message, /did you mean "memcached"/)
  rig.close()
})

test('a service that the deployment has no more is removed from everywhere', async () => {
  const rig = await newRig()
  await rig.deploy()
  const services = new Map([...rig.loaded.composition.services].filter(([name]) => name !== 'memcached'))
  const smaller = { ...rig.loaded, composition: { ...rig.loaded.composition, services } }
  const result = await rig.deploy({}, smaller)
  assert.equal(subjectsOf(result), [
    'delete app /test/memcached',
    'delete configuration of memcached',
    'delete keys on h1',
  ])
  for (const path of ['services', 'secrets', 'registry', 'waiting', 'status/global', 'status/host/h1']) {
    assert.is(await rig.clients.store.read(`/kmesos/test/${path}/memcached`), undefined, path)
  }
  assert.equal(subjectsOf(await rig.deploy({}, smaller)), [])
  rig.close()
})

test('at the deadline the root blocker is named, with its last lines, and not all who wait for it', async () => {
  const rig = await newRig({ hanging: new Set(['mariadb/daemon']) })
  const running = failsWith(() => rig.deploy(), TimeoutError)
  await settle()
  await rig.clock.advance(60_000)
  const error = await running
  assert.is(error.exitCode, 7)
  assert.match(error.message, /3 of 4 services not ready in 1 min 00 s: .*keystone-api/)
  assert.match(error.detail ?? '', /^mariadb\/daemon/)
  assert.not.match(error.detail ?? '', /keystone/)
  assert.match(error.hint ?? '', /kmesos why mariadb/)
  rig.close()
})

test('an image that does not exist is told in Marathon’s words', async () => {
  const rig = await newRig({ hanging: new Set(['mariadb/prepare']) })
  const marathon = rig.marathon
  const running = failsWith(() => rig.deploy(), TimeoutError)
  await settle()
  marathon.failTasks('/test/mariadb', 'manifest for kmesos/mariadb:local not found')
  await settle()
  assert.ok(
    rig.events.some((event) => event.kind === 'message' && /manifest for .* not found/.test(event.text)),
  )
  await rig.clock.advance(60_000)
  const error = await running
  assert.match(error.detail ?? '', /manifest for kmesos\/mariadb:local not found|mariadb\/prepare/)
  rig.close()
})

test('a one-time command that used up its retries ends the deploy at once', async () => {
  const rig = await newRig({ failing: new Map([['keystone-api/db_sync', 'exit code 1']]) })
  const error = await failsWith(() => rig.deploy(), FailedError)
  assert.is(error.exitCode, 1)
  assert.match(error.message, /keystone-api\/db_sync has failed/)
  assert.match(error.detail ?? '', /exit code 1[\s\S]*\| the last line of stderr/)
  rig.close()
})

test('an error of an earlier run does not end the next one, which converges', async () => {
  const failing = new Map([['keystone-api/db_sync', 'exit code 1']])
  const rig = await newRig({ failing })
  await failsWith(() => rig.deploy(), FailedError)
  failing.clear()
  const running = rig.deploy()
  await settle()
  // Marathon starts the container that ended once more.
  rig.containers.launch(
    rig.marathon.app('/test/keystone-api')!,
    rig.marathon.app('/test/keystone-api')!.tasks![0]!,
    new AbortController().signal,
  )
  assert.equal(subjectsOf(await running), [
    'delete app /test/keystone-db',
    `create file ${join(rig.folder, 'out')}/openrc`,
  ])
  rig.close()
})

test('waits for a Marathon deployment of somebody else and never forces it out', async () => {
  const rig = await newRig()
  rig.marathon.lock('/test/mariadb')
  const running = rig.deploy()
  await settle()
  assert.equal(rig.marathon.changes, [])
  assert.ok(rig.events.some((event) => event.kind === 'message' && /still at work on/.test(event.text)))
  rig.marathon.release('/test/mariadb')
  await running
  assert.match(rig.marathon.changes[0] ?? '', /^PUT .*\/test\/mariadb/)
  rig.close()
})

test('a launch that hangs does not stop the deploy that repairs it', async () => {
  const hanging = new Set(['memcached/daemon'])
  const rig = await newRig({ hanging })
  const running = failsWith(() => rig.deploy(), TimeoutError)
  await settle()
  await rig.clock.advance(60_000)
  await running
  // Its Marathon deployment goes on for ever.
  rig.marathon.lock('/test/memcached', (await rig.clients.store.read('/kmesos/test/launch'))?.data)
  hanging.clear()
  await rig.deploy({}, await rig.reload({ vars: { memcached_cache: 65 } }))
  assert.match(
    rig.marathon.changes.find((change) => change.startsWith('FORCE')) ?? '',
    /^FORCE PUT \/test\/memcached$/,
  )
  rig.close()
})

test('a Marathon deployment that never ends is a time-out that says so', async () => {
  const rig = await newRig()
  rig.marathon.lock('/test/mariadb')
  const running = failsWith(() => rig.deploy(), TimeoutError)
  await settle()
  await rig.clock.advance(10 * 60_000)
  const error = await running
  assert.match(error.message, /Marathon deployment that holds .*\/test\/mariadb/)
  rig.close()
})

test('somebody else’s lock is waited for, then named; nothing is changed', async () => {
  const rig = await newRig()
  await rig.deploy()
  const other = rig.zookeeper.connect([rig.loaded.login])
  const acl = (await other.getAcl('/kmesos/test')) ?? []
  const holder = {
    who: 'bob',
    host: 'bench',
    pid: 42,
    command: 'kmesos destroy',
    since: '2026-01-01T00:00:00Z',
  }
  await other.create('/kmesos/test/lock', JSON.stringify(holder), { acl, ephemeral: true })
  const before = rig.marathon.changes.length
  const changed = await rig.reload({ vars: { debug: true } })
  const running = failsWith(() => rig.deploy({}, changed), LockedError)
  await settle()
  await rig.clock.advance(20_000)
  const error = await running
  assert.is(error.exitCode, 6)
  assert.match(error.message, /bob on bench \(process 42\) since .*: kmesos destroy/)
  assert.is(rig.marathon.changes.length, before)
  const second = rig.deploy()
  await settle()
  // The holder is killed: its session ends, and with it the lock.
  rig.zookeeper.endSession(other.sessionId)
  assert.equal(subjectsOf(await second), [])
  rig.close()
})

test('a lost lock ends the run instead of working on without it', async () => {
  const rig = await newRig({ hanging: new Set(['mariadb/daemon']) })
  const running = failsWith(() => rig.deploy(), LockedError)
  await settle()
  rig.zookeeper.expire(rig.clients.store)
  const error = await running
  assert.match(error.message, /lock was lost/)
  rig.close()
})

test('a host that cannot be reached ends the deploy before anything was written', async () => {
  const rig = await newRig()
  rig.host.isReachable = false
  const error = await failsWith(() => rig.deploy(), UnreachableError)
  assert.match(error.message, /cannot put keys on 1 of 1 host: h1/)
  assert.equal(rig.marathon.changes, [])
  assert.is(await rig.clients.store.read('/kmesos/test/services'), undefined)
  assert.is(await rig.clients.store.read('/kmesos/test/lock'), undefined)
  rig.close()
})

test('an interruption frees the lock', async () => {
  const rig = await newRig({ hanging: new Set(['mariadb/daemon']) })
  const stop = new AbortController()
  const { deploy } = await import('../../src/workflows/deploy.ts')
  const running = failsWith(
    () => deploy(rig.request, rig.loaded, { ...rig.clients, signal: stop.signal }),
    Error,
  )
  await settle()
  stop.abort(new Error('interrupted'))
  const error = await running
  assert.is(error.message, 'interrupted')
  assert.is(await rig.clients.store.read('/kmesos/test/lock'), undefined)
  rig.close()
})

test.run()
