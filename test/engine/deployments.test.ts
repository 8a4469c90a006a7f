import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { app, withEngine } from './test-engine.ts'

test(
  'apps are started layer by layer, in the order of their dependencies',
  withEngine(async ({ ask, runtime, settle, events, deployments }) => {
    runtime.images.delete('busybox:test')
    const db = app('/db', { container: { docker: { image: 'db' } } })
    const api = app('/api', { dependencies: ['/db'], container: { docker: { image: 'api' } } })
    const ui = app('/ui', { dependencies: ['api'], container: { docker: { image: 'api' } } })
    runtime.images.add('api')
    await ask('PUT', '/v2/apps?partialUpdate=false', [ui, db, api])
    await settle()
    assert.equal(
      (await deployments())[0]?.steps.map((step) =>
        step.actions.map(({ action, app: id }) => `${action} ${id}`),
      ),
      [
        ['StartApplication /ui', 'StartApplication /db', 'StartApplication /api'],
        ['ScaleApplication /db'],
        ['ScaleApplication /api'],
        ['ScaleApplication /ui'],
      ],
    )
    assert.is(runtime.containers.size, 0)
    runtime.images.add('db')
    await settle(2000)
    assert.is(runtime.containers.size, 3)
    const running = events
      .filter((event) => event['taskStatus'] === 'TASK_RUNNING')
      .map((event) => event['appId'])
    assert.equal(running, ['/db', '/api', '/ui'])
  }),
)

test(
  'events come in the order of the work',
  withEngine(async ({ ask, eventTypes, settle }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    await settle()
    const told = eventTypes().filter((type) => !['instance_changed_event', 'api_post_event'].includes(type))
    assert.equal(told, [
      'group_change_success',
      'deployment_info',
      'deployment_step_success',
      'deployment_info',
      'status_update_event',
      'status_update_event',
      'deployment_step_success',
      'deployment_success',
    ])
  }),
)

test(
  'an app under deployment is locked for others: 409 with the ids',
  withEngine(async ({ ask, deployments }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    const [{ id } = { id: '' }] = await deployments()
    const { status, body } = await ask('PUT', '/v2/apps/web', { mem: 64 })
    assert.is(status, 409)
    assert.equal(body.deployments, [{ id }])
    assert.match(
      body.message,
      /App is locked by one or more deployments. Override with the option '\?force=true'/,
    )
    assert.is((await ask('PUT', '/v2/apps/other', app('/other'))).status, 201)
    assert.is((await ask('DELETE', '/v2/groups')).status, 409)
  }),
)

test(
  'force cancels the other deployment and goes on from there; DELETE forces by itself',
  withEngine(async ({ ask, events, settle, app: read }) => {
    const first = await ask('PUT', '/v2/apps/web', app('/web'))
    assert.is((await ask('PUT', '/v2/apps/web?force=true', { mem: 64 })).status, 200)
    const failed = events.find((event) => event.eventType === 'deployment_failed')
    assert.equal(
      [failed?.['id'], failed?.['reason']],
      [first.body.deploymentId, 'The upgrade has been cancelled'],
    )
    await settle()
    assert.equal([(await read('/web')).tasksRunning, (await read('/web')).mem], [1, 64])
    await ask('PUT', '/v2/apps/web', { mem: 65 })
    assert.is((await ask('DELETE', '/v2/apps/web')).status, 200)
  }),
)

test(
  'an identical PUT is not refused while the app is locked',
  withEngine(async ({ ask }) => {
    await ask('PUT', '/v2/apps/web?partialUpdate=false', app('/web'))
    assert.is((await ask('PUT', '/v2/apps/web?partialUpdate=false', app('/web'))).status, 200)
  }),
)

test(
  'a deployment that is cancelled is reverted: new apps vanish, old ones keep their tasks',
  withEngine(async ({ ask, settle, app: read, deployments }) => {
    await ask('PUT', '/v2/apps/old', app('/old'))
    await settle()
    const before = await read('/old')
    const change = await ask('PUT', '/v2/apps?partialUpdate=false', [app('/new'), app('/old', { cpus: 100 })])
    await settle()
    assert.is((await deployments()).length, 1)
    const { status, body } = await ask('DELETE', `/v2/deployments/${change.body.deploymentId}`)
    assert.is(status, 200)
    assert.ok(body.deploymentId)
    await settle()
    const after = await read('/old')
    assert.equal([after.cpus, after.tasksRunning, after.tasks?.[0]?.id], [0.1, 1, before.tasks?.[0]?.id])
    assert.is((await ask('GET', '/v2/apps/new')).status, 404)
    assert.equal(await deployments(), [])
  }),
)

test(
  'force only stops a deployment: 202, and the app stays half-way',
  withEngine(async ({ ask, settle, deployments, app: read }) => {
    const change = await ask('PUT', '/v2/apps/web', app('/web', { cpus: 100 }))
    await settle()
    const { status, body } = await ask('DELETE', `/v2/deployments/${change.body.deploymentId}?force=true`)
    assert.equal([status, body], [202, ''])
    assert.equal(await deployments(), [])
    assert.is((await read('/web')).cpus, 100)
    const unknown = await ask('DELETE', '/v2/deployments/x')
    assert.equal([unknown.status, unknown.body.message], [404, 'DeploymentPlan x does not exist'])
  }),
)

test(
  'with 1/1 the new task is started before the old one ends; with 0/0 after it',
  withEngine(async ({ ask, settle, events }) => {
    const order = (): unknown[] =>
      events.filter((event) => event.eventType === 'status_update_event').map((event) => event['taskStatus'])
    await ask('PUT', '/v2/apps/web', app('/web'))
    await settle()
    events.length = 0
    await ask('PUT', '/v2/apps/web', { env: { A: '1' } })
    await settle()
    assert.equal(order(), ['TASK_STAGING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED'])
    events.length = 0
    const none = { minimumHealthCapacity: 0, maximumOverCapacity: 0 }
    await ask('PUT', '/v2/apps/web', { env: { A: '2' }, upgradeStrategy: none })
    await settle()
    assert.equal(order(), ['TASK_KILLING', 'TASK_KILLED', 'TASK_STAGING', 'TASK_RUNNING'])
  }),
)

test(
  'a fixed host port blocks an upgrade that starts first, and not one that stops first',
  withEngine(async ({ ask, settle, queue, app: read }) => {
    const fixed = { portDefinitions: [{ port: 5000 }], requirePorts: true }
    await ask('PUT', '/v2/apps/web', app('/web', fixed))
    await settle()
    assert.equal((await read('/web')).tasks?.[0]?.ports, [5000])
    await ask('PUT', '/v2/apps/web', { env: { A: '1' } })
    await settle()
    const [waiting] = await queue()
    const reject = waiting?.processedOffersSummary.rejectSummaryLastOffers.find((row) => row.declined > 0)
    assert.is(reject?.reason, 'InsufficientPorts')
    await ask('PUT', '/v2/apps/web?force=true', {
      upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
    })
    await settle()
    const after = await read('/web')
    assert.equal([after.tasksRunning, after.env, after.deployments], [1, { A: '1' }, []])
  }),
)

test(
  'a readiness check holds the deployment until it answers',
  withEngine(async ({ ask, settle, prober, deployments, app: read }) => {
    const readinessChecks = [{ portName: 'http', path: '/ready', intervalSeconds: 5, timeoutSeconds: 1 }]
    await ask(
      'PUT',
      '/v2/apps/web',
      app('/web', { portDefinitions: [{ port: 0, name: 'http' }], readinessChecks }),
    )
    await settle(4000)
    assert.equal(
      (await deployments())[0]?.currentActions[0]?.readinessCheckResults?.map((result) => result.ready),
      [false],
    )
    prober.answer = () => ({ status: 200, contentType: 'text/plain', body: '' })
    await settle(5000)
    assert.equal(await deployments(), [])
    assert.equal(
      (await read('/web')).readinessCheckResults?.map((result) => result.ready),
      [true],
    )
    assert.ok(prober.asked[0]?.endsWith(':31000/ready'))
  }),
)

test.run()
