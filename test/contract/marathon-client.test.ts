import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../src/kernel/clock.ts'
import { ConfigError, LockedError, UnreachableError } from '../../src/kernel/errors.ts'
import { secret } from '../../src/kernel/secret.ts'
import { isEvent, type MarathonEvent } from '../../src/marathon/events.ts'
import { connectMarathon } from '../../src/marathon/marathon-client.ts'
import { sameApp } from '../../src/marathon/same-app.ts'
import type { MarathonApp } from '../../src/marathon/types.ts'
import { startFakeMarathon, type FakeMarathon } from '../fakes/fake-marathon.ts'
import { eventually } from '../support/eventually.ts'
import { rejects } from '../support/rejects.ts'

// What the client promises, against the engine with containers in memory; test/integration/engine-docker.test.ts has it on Docker.
const test = suite<FakeMarathon>('the Marathon client and the engine')

function app(id: string, more: Partial<MarathonApp> = {}): MarathonApp {
  const container = { docker: { image: 'busybox:test' } } as const
  return { id, cmd: "trap 'exit 0' TERM; sleep 100000 & wait", cpus: 0.1, mem: 32, container, ...more }
}

test.before(async (context) => {
  Object.assign(context, await startFakeMarathon())
})
test.after(async ({ close }) => close())

async function settled({ marathon }: FakeMarathon): Promise<void> {
  await eventually(async () => (await marathon.deployments()).length === 0)
}

test('info, ping and leader answer', async ({ marathon }) => {
  await marathon.ping()
  assert.equal([(await marathon.info()).elected, typeof (await marathon.leader())], [true, 'string'])
})

test('puts many apps at once, reads them back as the same, and a second put changes nothing', async (context) => {
  const { marathon } = context
  const wanted = [
    app('/many/a'),
    app('/many/b', { portDefinitions: [{ port: 0, name: 'api' }], labels: { x: 'y' } }),
  ]
  const { deploymentId } = await marathon.putApps(wanted)
  assert.ok(deploymentId)
  await settled(context)
  const stored = await marathon.apps({ under: '/many' })
  assert.equal(
    stored.map((item) => item.id),
    ['/many/a', '/many/b'],
  )
  for (const [index, item] of stored.entries()) assert.equal(sameApp(wanted[index] as MarathonApp, item), [])
  await marathon.putApps(wanted)
  assert.equal(
    (await marathon.apps({ under: '/many' })).map((item) => item.version),
    stored.map((item) => item.version),
  )
  const changed = sameApp({ ...(wanted[0] as MarathonApp), mem: 64 }, stored[0] as MarathonApp)
  assert.equal(changed, [{ member: 'mem', wanted: 64, stored: 32 }])
})

test('an app, a version, a group that is not there is undefined; deleting it too', async ({ marathon }) => {
  assert.is(await marathon.app('/nope'), undefined)
  assert.is(await marathon.group('/nope'), undefined)
  assert.is(await marathon.deleteApp('/nope'), undefined)
  assert.is(await marathon.cancelDeployment('nope'), undefined)
  await marathon.resetDelay('/nope')
})

test('scales, restarts, kills, and lists versions and tasks', async (context) => {
  const { marathon } = context
  await marathon.putApp(app('/life'))
  await settled(context)
  await marathon.scale('/life', 2)
  await settled(context)
  const tasks = await marathon.tasks('/life')
  assert.is(tasks.length, 2)
  await marathon.restart('/life')
  await settled(context)
  assert.is((await marathon.versions('/life')).length, 3)
  const [task] = await marathon.tasks('/life')
  assert.equal(
    (await marathon.killTasks([task?.id ?? ''])).map((item) => item.id),
    [task?.id],
  )
  await eventually(async () => (await marathon.app('/life'))?.tasksRunning === 2)
  const old = (await marathon.versions('/life')).at(-1) ?? ''
  assert.is((await marathon.appVersion('/life', old))?.instances, 1)
  await marathon.deleteApp('/life')
  await settled(context)
})

test('a locked app is a LockedError that names the deployment; DELETE does not force unasked', async (context) => {
  const { marathon } = context
  const { deploymentId } = await marathon.putApp(app('/locked', { cpus: 1000 }))
  const error = await rejects(marathon.putApp(app('/locked')), new RegExp(deploymentId))
  assert.instance(error, LockedError)
  assert.instance(await rejects(marathon.deleteApp('/locked')), LockedError)
  assert.ok(await marathon.deleteApp('/locked', { force: true }))
  await settled(context)
})

test('an app that Marathon refuses is a ConfigError with all faults', async ({ marathon }) => {
  const wrong = { ...app('/wrong'), instances: 'two', mem: -1 } as unknown as MarathonApp
  const error = await rejects(marathon.putApp(wrong), /Invalid JSON/)
  assert.instance(error, ConfigError)
  assert.equal((error as ConfigError).problems, [
    { where: '/instances', message: 'error.expected.jsnumber' },
    { where: '/mem', message: 'error.min' },
  ])
})

test('a queued app tells why; a cancelled deployment is reverted', async (context) => {
  const { marathon } = context
  const { deploymentId } = await marathon.putApp(app('/waits', { constraints: [['rack', 'LIKE', 'z']] }))
  await eventually(async () => (await marathon.queue()).length === 1)
  const [item] = await marathon.queue()
  assert.is(
    item?.processedOffersSummary.rejectSummaryLastOffers.find((row) => row.declined)?.reason,
    'UnfulfilledConstraint',
  )
  assert.ok(await marathon.cancelDeployment(deploymentId))
  await settled(context)
  assert.is(await marathon.app('/waits'), undefined)
})

test('groups are put and deleted as a whole', async (context) => {
  const { marathon } = context
  await marathon.putGroup({
    id: '/g',
    apps: [app('/g/one')],
    groups: [{ id: 'sub', apps: [app('/g/sub/two')] }],
  })
  await settled(context)
  assert.equal(
    (await marathon.group('/g'))?.apps?.map((item) => item.id),
    ['/g/one'],
  )
  await marathon.deleteGroup('/g')
  await settled(context)
  assert.is(await marathon.group('/g'), undefined)
})

test('the event stream begins with its attachment, after the state was read, and tells the end of a deployment', async (context) => {
  const stop = new AbortController()
  const seen: MarathonEvent[] = []
  let reads = 0
  const onConnected = async (): Promise<void> => {
    reads++
    assert.equal(seen, [])
  }
  const following = (async () => {
    for await (const event of context.marathon.events({ signal: stop.signal, onConnected })) seen.push(event)
  })()
  await eventually(() => seen.length > 0)
  const { deploymentId } = await context.marathon.putApp(app('/told'))
  await eventually(() =>
    seen.some((event) => isEvent(event, 'deployment_success') && event.id === deploymentId),
  )
  stop.abort()
  await following
  assert.equal([seen[0]?.eventType, reads], ['event_stream_attached', 1])
})

test('a filtered stream has only the types that were asked for', async (context) => {
  const stop = new AbortController()
  const seen: string[] = []
  const types = ['deployment_success']
  const following = (async () => {
    for await (const event of context.marathon.events({ signal: stop.signal, types }))
      seen.push(event.eventType)
  })()
  await eventually(() => seen.length > 0)
  await context.marathon.putApp(app('/filtered'))
  await eventually(() => seen.includes('deployment_success'))
  stop.abort()
  await following
  assert.equal([...new Set(seen)].sort(), ['deployment_success', 'event_stream_attached'])
})

test('credentials are sent; wrong ones are told, also by the event stream', async () => {
  const guarded = await startFakeMarathon({ credentials: { user: 'op', password: secret('geheim') } })
  await guarded.marathon.ping()
  const wrong = connectMarathon({
    urls: [guarded.url],
    clock: systemClock,
    credentials: { user: 'op', password: secret('falsch') },
  })
  const error = await rejects(wrong.apps(), /not authorized/)
  assert.instance(error, UnreachableError)
  assert.match((error as UnreachableError).hint ?? '', /password/)
  const events = wrong.events({ signal: new AbortController().signal })[Symbol.asyncIterator]()
  await rejects(events.next() as Promise<unknown>, /not authorized/)
  await guarded.close()
})

test.run()
