import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { app, withEngine } from './test-engine.ts'

const group = {
  id: '/prod',
  apps: [app('web', { dependencies: ['db'] })],
  groups: [{ id: 'store', apps: [app('db')] }],
}

test(
  'a group is created with its apps below it, and not twice',
  withEngine(async ({ ask }) => {
    const made = await ask('POST', '/v2/groups', group)
    assert.equal([made.status, made.headers['location']], [201, '/prod'])
    const { body } = await ask('GET', '/v2/groups/prod')
    assert.equal(
      body.apps.map((item: { id: string }) => item.id),
      ['/prod/web'],
    )
    assert.equal(
      body.groups[0].apps.map((item: { id: string }) => item.id),
      ['/prod/store/db'],
    )
    const again = await ask('POST', '/v2/groups', group)
    assert.equal(
      [again.status, again.body.message],
      [409, 'Group /prod is already created. Use PUT to change this group.'],
    )
  }),
)

test(
  'apps that are not in the PUT are removed',
  withEngine(async ({ ask, settle }) => {
    await ask('PUT', '/v2/groups', group)
    await settle()
    const { status } = await ask('PUT', '/v2/groups/prod', { apps: [app('web')] })
    assert.is(status, 200)
    assert.is((await ask('GET', '/v2/apps/prod/store/db')).status, 404)
    assert.is((await ask('GET', '/v2/groups/prod/store')).status, 404)
  }),
)

test(
  'a dry run tells the steps and changes nothing',
  withEngine(async ({ ask }) => {
    const { body } = await ask('PUT', '/v2/groups/prod?dryRun=true', { apps: [app('web')] })
    assert.equal(body.steps[0].actions, [{ action: 'StartApplication', app: '/prod/web' }])
    assert.is((await ask('GET', '/v2/groups/prod')).status, 404)
  }),
)

test(
  'a group is scaled as a whole, and goes back to an older version',
  withEngine(async ({ ask, settle }) => {
    await ask('PUT', '/v2/groups/prod', { apps: [app('a'), app('b', { instances: 2 })] })
    await settle()
    const [before] = (await ask('GET', '/v2/groups/prod/versions')).body
    await ask('PUT', '/v2/groups/prod', { scaleBy: 1.5 })
    await settle()
    const instances = async () =>
      (await ask('GET', '/v2/groups/prod/apps')).body.map((item: { instances: number }) => item.instances)
    assert.equal(await instances(), [2, 3])
    await ask('PUT', '/v2/groups/prod', { version: before })
    assert.equal(await instances(), [1, 2])
  }),
)

test(
  'dependencies of a group order its apps after those of the other',
  withEngine(async ({ ask }) => {
    await ask('PUT', '/v2/groups', {
      groups: [
        { id: 'ui', dependencies: ['/core'], apps: [app('web')] },
        { id: 'core', apps: [app('db'), app('mq')] },
      ],
    })
    const [deployment] = (await ask('GET', '/v2/deployments')).body
    assert.equal(
      deployment.steps
        .slice(1)
        .map((step: { actions: { app: string }[] }) => step.actions.map((item) => item.app)),
      [['/core/db', '/core/mq'], ['/ui/web']],
    )
  }),
)

test(
  'deleting a group takes its apps; while one is locked it is refused',
  withEngine(async ({ ask, settle, runtime }) => {
    await ask('PUT', '/v2/groups', group)
    assert.is((await ask('DELETE', '/v2/groups/prod')).status, 409)
    assert.is((await ask('GET', '/v2/groups/prod')).status, 200)
    await settle()
    assert.is((await ask('DELETE', '/v2/groups/prod')).status, 200)
    await settle()
    assert.is((await ask('GET', '/v2/groups/prod')).status, 404)
    assert.is(runtime.containers.size, 0)
  }),
)

test.run()
