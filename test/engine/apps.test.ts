import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { app, withEngine } from './test-engine.ts'

test(
  'an app that is created is answered with 201, its place, its deployment and all defaults',
  withEngine(async ({ ask }) => {
    const { status, body, headers } = await ask('POST', '/v2/apps', { id: '/foo', cmd: 'sleep 100' })
    assert.is(status, 201)
    assert.is(headers['location'], '/foo')
    assert.is(headers['marathon-deployment-id'], body.deployments[0].id)
    assert.equal(body.networks, [{ mode: 'host' }])
    assert.equal(body.portDefinitions, [{ port: 10_000, name: 'default', protocol: 'tcp' }])
    assert.equal(body.upgradeStrategy, { minimumHealthCapacity: 1, maximumOverCapacity: 1 })
    assert.equal(
      [body.instances, body.cpus, body.mem, body.disk, body.executor, body.role],
      [1, 1, 128, 0, '', '*'],
    )
    assert.is(body.version, body.versionInfo.lastConfigChangeAt)
  }),
)

test(
  'an app that exists is not created again',
  withEngine(async ({ ask }) => {
    await ask('POST', '/v2/apps', app('/web'))
    const { status, body } = await ask('POST', '/v2/apps', app('/web'))
    assert.equal([status, body], [409, { message: 'An app with id [/web] already exists.' }])
  }),
)

test(
  'a change comes to a running task and the deployment vanishes',
  withEngine(async ({ ask, app: read, deployments, settle }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    assert.is((await deployments()).length, 1)
    await settle()
    const view = await read('/web')
    assert.equal([view.tasksRunning, view.tasksStaged, view.deployments], [1, 0, []])
    assert.match(view.tasks?.[0]?.id ?? '', /^web\.instance-[0-9a-f-]{36}\._app\.1$/)
    assert.equal(await deployments(), [])
  }),
)

test(
  'an identical PUT keeps the version and the task; a changed label replaces the task',
  withEngine(async ({ ask, app: read, settle }) => {
    await ask('PUT', '/v2/apps/web?partialUpdate=false', app('/web'))
    await settle()
    const first = await read('/web')
    assert.is((await ask('PUT', '/v2/apps/web?partialUpdate=false', app('/web'))).status, 200)
    await settle()
    assert.is((await read('/web')).version, first.version)
    await ask('PUT', '/v2/apps/web?partialUpdate=false', app('/web', { labels: { a: 'b' } }))
    await settle(10_000)
    const second = await read('/web')
    assert.is.not(second.version, first.version)
    assert.is.not(second.tasks?.[0]?.id, first.tasks?.[0]?.id)
  }),
)

test(
  'more instances are started beside the running one, which stays',
  withEngine(async ({ ask, app: read, settle }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    await settle()
    const before = await read('/web')
    await ask('PUT', '/v2/apps/web', { instances: 3 })
    await settle()
    const after = await read('/web')
    assert.is(after.tasksRunning, 3)
    assert.is.not(after.version, before.version)
    assert.is(after.versionInfo.lastConfigChangeAt, before.versionInfo.lastConfigChangeAt)
    assert.ok(after.tasks?.some((task) => task.id === before.tasks?.[0]?.id))
    await ask('PUT', '/v2/apps/web', { instances: 0 })
    await settle()
    assert.is((await read('/web')).tasksRunning, 0)
  }),
)

test(
  'a partial update keeps what it does not name; a full one returns it to the default',
  withEngine(async ({ ask, app: read }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { env: { A: '1' }, backoffSeconds: 7 }))
    await ask('PUT', '/v2/apps/web?force=true', { mem: 64 })
    assert.equal([(await read('/web')).env, (await read('/web')).mem], [{ A: '1' }, 64])
    await ask('PUT', '/v2/apps/web?partialUpdate=false&force=true', app('/web'))
    assert.equal([(await read('/web')).env, (await read('/web')).backoffSeconds], [undefined, 1])
  }),
)

test(
  'a version alone goes back to that version',
  withEngine(async ({ ask, app: read }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { env: { A: '1' } }))
    const { version } = await read('/web')
    await ask('PUT', '/v2/apps/web?force=true', { env: { A: '2' } })
    const versions = (await ask('GET', '/v2/apps/web/versions')).body.versions
    assert.is(versions.length, 2)
    assert.is(versions[1], version)
    assert.is((await ask('GET', `/v2/apps/web/versions/${version}`)).body.env.A, '1')
    await ask('PUT', '/v2/apps/web?force=true', { version })
    assert.equal((await read('/web')).env, { A: '1' })
    const mixed = await ask('PUT', '/v2/apps/web?force=true', { version, mem: 1 })
    assert.equal(
      [mixed.status, mixed.body.message],
      [422, "The 'version' field may only be combined with the 'id' field."],
    )
  }),
)

test(
  'all apps of an array PUT come in one deployment',
  withEngine(async ({ ask, deployments, settle, app: read }) => {
    const { status } = await ask('PUT', '/v2/apps?partialUpdate=false', [app('/a/one'), app('/a/two')])
    assert.is(status, 200)
    const [deployment] = await deployments()
    assert.equal(deployment?.affectedApps, ['/a/one', '/a/two'])
    await settle()
    assert.is((await read('/a/two')).tasksRunning, 1)
    const below = await ask('GET', '/v2/apps/a/*')
    assert.equal(
      below.body['*'].map((item: { id: string }) => item.id),
      ['/a/one', '/a/two'],
    )
  }),
)

test(
  'PATCH never creates',
  withEngine(async ({ ask }) => {
    assert.is((await ask('PATCH', '/v2/apps/web', { mem: 1 })).status, 404)
    assert.is(
      (await ask('PATCH', '/v2/apps', [{ mem: 1 }])).body.message,
      'requirement failed: App Update must have app id set',
    )
    assert.is((await ask('PATCH', '/v2/apps', [{ id: '/nope', mem: 1 }])).status, 404)
  }),
)

test(
  'a deleted app is gone at once, its task after its end',
  withEngine(async ({ ask, app: read, settle, eventTypes, runtime }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    await settle()
    assert.is((await ask('DELETE', '/v2/apps/web')).status, 200)
    assert.is((await ask('GET', '/v2/apps/web')).status, 404)
    await settle()
    assert.ok(eventTypes().includes('app_terminated_event'))
    assert.is(runtime.containers.size, 0)
    assert.is(await read('/web'), undefined)
    assert.is((await ask('DELETE', '/v2/apps/web')).status, 404)
  }),
)

test(
  'a restart replaces all tasks under a new version',
  withEngine(async ({ ask, app: read, settle }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { instances: 2 }))
    await settle()
    const before = await read('/web')
    await ask('POST', '/v2/apps/web/restart')
    await settle()
    const after = await read('/web')
    assert.is(after.tasksRunning, 2)
    const old = new Set(before.tasks?.map((task) => task.id))
    assert.not.ok(after.tasks?.some((task) => old.has(task.id)))
  }),
)

test(
  'a killed task is replaced, unless scale=true takes it away',
  withEngine(async ({ ask, app: read, settle, events }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { instances: 2 }))
    await settle()
    const [first, second] = (await read('/web')).tasks ?? []
    const killed = await ask('DELETE', `/v2/apps/web/tasks/${first?.id}`)
    assert.is(killed.body.task.id, first?.id)
    await settle()
    const replaced = await read('/web')
    assert.is(replaced.tasksRunning, 2)
    assert.ok(replaced.tasks?.some((task) => task.id === first?.id.replace(/1$/, '2')))
    assert.ok(events.some((event) => event['taskStatus'] === 'TASK_KILLED' && event['taskId'] === first?.id))
    assert.is(replaced.lastTaskFailure, undefined)
    const scaled = await ask('POST', '/v2/tasks/delete?scale=true', { ids: [second?.id] })
    assert.ok(scaled.body.deploymentId)
    await settle()
    assert.equal([(await read('/web')).tasksRunning, (await read('/web')).instances], [1, 1])
    assert.not.ok((await read('/web')).tasks?.some((task) => task.id === second?.id))
  }),
)

test.run()
