import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { apiServer } from '../../src/engine/api/server.ts'
import { secret } from '../../src/kernel/secret.ts'
import { app, withEngine } from './test-engine.ts'

test(
  'broken JSON is a 400 with the parser’s text, no body another 400, another type 415',
  withEngine(async ({ server }) => {
    const headers = { 'content-type': 'application/json' }
    const broken = await server.inject({ method: 'POST', url: '/v2/apps', headers, payload: '{"id":' })
    assert.equal(
      [broken.statusCode, broken.json().message, typeof broken.json().details],
      [400, 'Invalid JSON', 'string'],
    )
    const empty = await server.inject({ method: 'POST', url: '/v2/apps', headers, payload: '' })
    assert.equal([empty.statusCode, empty.json().message], [400, 'Please specify data in JSON format'])
    const text = await server.inject({
      method: 'POST',
      url: '/v2/apps',
      headers: { 'content-type': 'text/plain' },
      payload: 'x',
    })
    assert.is(text.statusCode, 415)
  }),
)

test(
  'a wrong shape is "Invalid JSON" with codes, a broken rule "Object is not valid" with sentences',
  withEngine(async ({ ask }) => {
    const shape = await ask('POST', '/v2/apps', { cmd: 'sleep 1', instances: '2' })
    assert.equal(
      [shape.status, shape.body],
      [
        422,
        {
          message: 'Invalid JSON',
          details: [
            { path: '/id', errors: ['error.path.missing'] },
            { path: '/instances', errors: ['error.expected.jsnumber'] },
          ],
        },
      ],
    )
    const rule = await ask('POST', '/v2/apps', app('/a', { healthChecks: [{ portIndex: 3 }] }))
    assert.is(rule.body.message, 'Object is not valid')
    assert.is(rule.body.details[0].path, '/healthChecks(0)')
    const list = await ask('PUT', '/v2/apps', [app('/a'), { id: '/b' }])
    assert.is(list.body.details[0].path, '(1)')
  }),
)

test(
  'a cycle of dependencies is refused',
  withEngine(async ({ ask }) => {
    const { status, body } = await ask('PUT', '/v2/apps', [
      app('/a', { dependencies: ['/b'] }),
      app('/b', { dependencies: ['/a'] }),
    ])
    assert.equal(
      [status, body.details],
      [422, [{ path: '/', errors: ['Dependency graph has cyclic dependencies.'] }]],
    )
  }),
)

test(
  'an app may not stand where a group is, nor below an app',
  withEngine(async ({ ask }) => {
    await ask('PUT', '/v2/apps/a/b', app('/a/b'))
    assert.is((await ask('PUT', '/v2/apps/a', app('/a'))).status, 422)
    assert.is((await ask('PUT', '/v2/apps/a/b/c', app('/a/b/c'))).status, 422)
  }),
)

test(
  'missing things are told as Marathon tells them',
  withEngine(async ({ ask }) => {
    assert.equal((await ask('GET', '/v2/apps/no/such')).body, { message: "App '/no/such' does not exist" })
    await ask('PUT', '/v2/apps/web', app('/web'))
    assert.equal((await ask('GET', '/v2/apps/web/versions/2020-01-01T00:00:00.000Z')).body, {
      message: "App '/web' does not exist in version 2020-01-01T00:00:00.000Z",
    })
    assert.equal((await ask('DELETE', '/v2/apps/web/tasks/x')).body, { message: "Task 'x' does not exist" })
    assert.equal((await ask('GET', '/v2/groups/nope')).body, { message: "Group '/nope' does not exist" })
  }),
)

test(
  'an unknown route is a 500, a wrong method a 405',
  withEngine(async ({ ask }) => {
    const unknown = await ask('GET', '/v2/nosuch')
    assert.equal([unknown.status, unknown.body], [500, { message: 'URI not found' }])
    const method = await ask('DELETE', '/v2/apps')
    assert.equal([method.status, method.body], [405, { message: 'Method Not Allowed' }])
  }),
)

test(
  'events without the Accept header are a 405',
  withEngine(async ({ ask }) => {
    assert.is((await ask('GET', '/v2/events')).status, 405)
  }),
)

test(
  'scale and wipe together are a 400, so is a task id of another form',
  withEngine(async ({ ask }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    const both = await ask('DELETE', '/v2/apps/web/tasks?scale=true&wipe=true')
    assert.equal([both.status, both.body.message], [400, 'You cannot use scale and wipe at the same time.'])
    const wrong = await ask('POST', '/v2/tasks/delete', { ids: ['x'] })
    assert.is(wrong.status, 400)
    assert.match(wrong.body.message, /^Invalid task id 'x'\. \[/)
  }),
)

test(
  'info, leader and ping show an elected leader',
  withEngine(async ({ ask }) => {
    const { body } = await ask('GET', '/v2/info')
    assert.equal(
      [body.name, body.elected, body.leader, typeof body.frameworkId],
      ['marathon', true, 'h1:8080', 'string'],
    )
    assert.equal((await ask('GET', '/v2/leader')).body, { leader: 'h1:8080' })
    assert.is((await ask('GET', '/ping')).body, 'pong')
    assert.is((await ask('GET', '/v2/info')).headers['x-marathon-leader'], 'http://h1:8080')
  }),
)

test(
  'apps are found by id, command and label',
  withEngine(async ({ ask }) => {
    await ask('PUT', '/v2/apps', [
      app('/prod/web', { labels: { tier: 'front' } }),
      app('/prod/db', { cmd: 'sleep 77', labels: { tier: 'back' } }),
    ])
    const ids = async (query: string) =>
      (await ask('GET', `/v2/apps?${query}`)).body.apps.map((item: { id: string }) => item.id)
    assert.equal(await ids('id=WEB'), ['/prod/web'])
    assert.equal(await ids('cmd=77'), ['/prod/db'])
    assert.equal(await ids('label=tier==front'), ['/prod/web'])
    assert.equal(await ids('label=tier%20in%20(front,back),!x'), ['/prod/web', '/prod/db'])
    assert.equal(await ids('label=tier!=front'), ['/prod/db'])
  }),
)

test(
  'tasks are embedded in the list only when asked for',
  withEngine(async ({ ask, settle }) => {
    await ask('PUT', '/v2/apps/web', app('/web'))
    await settle()
    assert.is((await ask('GET', '/v2/apps')).body.apps[0].tasks, undefined)
    assert.is(
      (await ask('GET', '/v2/apps?embed=apps.tasks&embed=apps.taskStats')).body.apps[0].tasks.length,
      1,
    )
    assert.equal((await ask('GET', '/v2/tasks?status=running')).body.tasks.length, 1)
    assert.equal((await ask('GET', '/v2/tasks?status=staging')).body.tasks, [])
  }),
)

test(
  'with credentials every path wants them',
  withEngine(async ({ engine }) => {
    const server = apiServer(
      engine,
      { version: 't', leader: 'h1:8080' },
      { user: 'op', password: secret('geheim') },
    )
    const without = await server.inject({ url: '/ping' })
    assert.is(without.statusCode, 401)
    assert.match(String(without.headers['www-authenticate']), /^basic realm=/)
    const authorization = `Basic ${Buffer.from('op:geheim').toString('base64')}`
    assert.is((await server.inject({ url: '/ping', headers: { authorization } })).statusCode, 200)
    const wrong = `Basic ${Buffer.from('op:falsch').toString('base64')}`
    assert.is((await server.inject({ url: '/v2/apps', headers: { authorization: wrong } })).statusCode, 401)
    await server.close()
  }),
)

test(
  'a log is read from the sandbox in parts, and nothing else is',
  withEngine(async ({ ask, settle, app: read }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { cmd: 'echo hello; echo bad >&2; sleep 1000' }))
    await settle()
    const id = (await read('/web')).tasks?.[0]?.id
    assert.equal(
      (await ask('GET', `/files/read?path=/x/executors/${id}/runs/latest/stdout&offset=-1`)).body,
      { data: '', offset: 6 },
    )
    assert.equal((await ask('GET', `/files/read?path=${id}/stdout&offset=2&length=3`)).body, {
      data: 'llo',
      offset: 2,
    })
    assert.is((await ask('GET', `/files/download?path=${id}/stderr`)).body, 'bad\n')
    assert.is((await ask('GET', '/files/read?path=../../../etc/stdout&offset=0')).status, 404)
    assert.is((await ask('GET', '/files/read?path=/etc/passwd&offset=0')).status, 404)
  }),
)

test.run()
