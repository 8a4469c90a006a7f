import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { raised } from '../../src/engine/backoff.ts'
import { meetsConstraints } from '../../src/engine/constraints.ts'
import type { Agent } from '../../src/engine/types.ts'
import type { StoredApp } from '../../src/marathon/types.ts'
import { app, testAgent, withEngine } from './test-engine.ts'

test(
  'a task that fails is kept as last failure and started again after a growing delay',
  withEngine(async ({ ask, settle, app: read, queue }) => {
    await ask(
      'PUT',
      '/v2/apps/bad',
      app('/bad', { cmd: 'sleep 5; exit 3', backoffSeconds: 10, backoffFactor: 2 }),
    )
    await settle(5000)
    const view = await read('/bad')
    assert.equal(
      [view.lastTaskFailure?.state, view.lastTaskFailure?.message],
      ['TASK_FAILED', 'Container exited with status 3'],
    )
    assert.equal([view.tasksRunning, view.tasksStaged], [0, 0])
    const [first] = await queue()
    assert.equal([first?.count, first?.delay], [1, { timeLeftSeconds: 10, overdue: false }])
    await settle(10_000)
    assert.match((await read('/bad')).tasks?.[0]?.id ?? '', /_app\.2$/)
    await settle(5000)
    assert.is((await queue())[0]?.delay.timeLeftSeconds, 20)
    assert.is((await ask('DELETE', '/v2/queue/bad/delay')).status, 204)
    await settle()
    assert.match((await read('/bad')).tasks?.[0]?.id ?? '', /_app\.3$/)
    const none = await ask('DELETE', '/v2/queue/bad/delay')
    assert.equal([none.status, none.body.message], [404, 'Application /bad not found in tasks queue.'])
  }),
)

test(
  'exit code 0 is TASK_FINISHED: delayed too, but no failure',
  withEngine(async ({ ask, settle, app: read, queue, events }) => {
    await ask('PUT', '/v2/apps/job', app('/job', { cmd: 'sleep 1; exit 0' }))
    await settle(1000)
    assert.ok(events.some((event) => event['taskStatus'] === 'TASK_FINISHED'))
    assert.is((await read('/job')).lastTaskFailure, undefined)
    assert.is((await queue())[0]?.delay.overdue, false)
  }),
)

test(
  'an image that does not exist fails the task with the runtime’s own message',
  withEngine(async ({ ask, settle, app: read }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { container: { docker: { image: 'nope:1' } } }))
    await settle()
    const failure = (await read('/web')).lastTaskFailure
    assert.equal(
      [failure?.state, failure?.message],
      ['TASK_FAILED', "Failed to launch container: Failed to pull image 'nope:1': no such image"],
    )
  }),
)

test(
  'an unknown docker parameter fails the task as docker would',
  withEngine(async ({ ask, settle, app: read }) => {
    const container = { docker: { image: 'busybox:test', parameters: [{ key: 'frobnicate', value: '1' }] } }
    await ask('PUT', '/v2/apps/web', app('/web', { container }))
    await settle()
    assert.match((await read('/web')).lastTaskFailure?.message ?? '', /unknown flag: --frobnicate/)
  }),
)

const rejected: readonly (readonly [string, object, string])[] = [
  ['a missing attribute', { constraints: [['compute', 'CLUSTER', 'true']] }, 'UnfulfilledConstraint'],
  ['too many CPUs', { cpus: 5 }, 'InsufficientCpus'],
  ['too much memory', { mem: 5000 }, 'InsufficientMemory'],
  ['too much disk', { disk: 20_000 }, 'InsufficientDisk'],
  [
    'a port that is not offered',
    { portDefinitions: [{ port: 80 }], requirePorts: true },
    'InsufficientPorts',
  ],
]
for (const [title, more, reason] of rejected) {
  test(
    `${title} shows in the queue as ${reason}`,
    withEngine(async ({ ask, settle, queue }) => {
      await ask('PUT', '/v2/apps/web', app('/web', more))
      await settle()
      const [item] = await queue()
      assert.is(item?.delay.overdue, true)
      const rows = item?.processedOffersSummary.rejectSummaryLastOffers ?? []
      assert.equal(
        rows.filter((row) => row.declined > 0).map((row) => row.reason),
        [reason],
      )
      const at = rows.findIndex((row) => row.reason === reason)
      assert.ok(rows.every((row, index) => row.processed === (index <= at ? 1 : 0)))
    }),
  )
}

test(
  'an instance that waits for memory is started when another one has ended',
  withEngine(async ({ ask, settle, app: read }) => {
    await ask('PUT', '/v2/apps/big', app('/big', { mem: 4000 }))
    await settle()
    await ask('PUT', '/v2/apps/second', app('/second', { mem: 200 }))
    await settle()
    assert.is((await read('/second')).tasksRunning, 0)
    await ask('DELETE', '/v2/apps/big')
    await settle()
    assert.is((await read('/second')).tasksRunning, 1)
  }),
)

test(
  'UNIQUE on the host name lets one instance run and queues the second',
  withEngine(async ({ ask, settle, app: read, queue }) => {
    await ask('PUT', '/v2/apps/web', app('/web', { instances: 2, constraints: [['hostname', 'UNIQUE']] }))
    await settle()
    assert.is((await read('/web')).tasksRunning, 1)
    assert.is((await queue())[0]?.count, 1)
  }),
)

test('constraints compare the host name and attributes', () => {
  const meets = (constraint: [string, string, string?], running = 0): boolean =>
    meetsConstraints([constraint], testAgent, Array<Agent>(running).fill(testAgent), 2)
  assert.ok(meets(['hostname', 'CLUSTER', 'h1']))
  assert.not(meets(['hostname', 'CLUSTER', 'h2']))
  assert.ok(meets(['rack', 'LIKE', '[ab]']))
  assert.not(meets(['rack', 'LIKE', 'aa|b']))
  assert.not(meets(['rack', 'UNLIKE', 'a']))
  assert.ok(meets(['zone', 'UNLIKE', 'a']))
  assert.not(meets(['zone', 'LIKE', 'a']))
  assert.ok(meets(['rack', 'MAX_PER', '2'], 1))
  assert.not(meets(['rack', 'MAX_PER', '2'], 2))
  assert.not(meets(['hostname', 'UNIQUE'], 1))
  assert.ok(meets(['rack', 'GROUP_BY', '2'], 0))
  assert.not(meets(['rack', 'GROUP_BY', '2'], 1))
  assert.ok(meets(['slots', 'IS', '4.0']))
  assert.not(meets(['slots', 'IS', '5']))
})

test('constraints count what runs on other agents with the same value', () => {
  const agent = (hostname: string, rack: string): Agent => ({ ...testAgent, hostname, attributes: { rack } })
  const [one, two, three] = [agent('h1', 'a'), agent('h2', 'a'), agent('h3', 'b')] as const
  const meets = (constraint: [string, string, string?], on: Agent, taken: readonly Agent[]): boolean =>
    meetsConstraints([constraint], on, taken, 4)
  assert.ok(meets(['hostname', 'UNIQUE'], two, [one]))
  assert.not(meets(['rack', 'UNIQUE'], two, [one]))
  assert.ok(meets(['rack', 'UNIQUE'], three, [one]))
  assert.ok(meets(['rack', 'CLUSTER'], two, [one]))
  assert.not(meets(['rack', 'CLUSTER'], three, [one]))
  assert.not(meets(['rack', 'MAX_PER', '2'], one, [one, two]))
  assert.ok(meets(['rack', 'MAX_PER', '2'], three, [one, two]))
  assert.not(meets(['rack', 'GROUP_BY', '2'], one, [one, two, three]))
  assert.ok(meets(['rack', 'GROUP_BY', '2'], three, [one, two, three]))
})

test('the delay grows by its factor up to its limit and is forgotten after a long life', () => {
  const limits = { backoffSeconds: 1, backoffFactor: 10, maxLaunchDelaySeconds: 60 } as StoredApp
  const first = raised(limits, undefined, 0)
  const second = raised(limits, first, 2000)
  const third = raised(limits, second, 12_000)
  assert.equal([first.delayMs, second.delayMs, third.delayMs], [1000, 10_000, 60_000])
  assert.is(raised(limits, third, third.until + 60_001).delayMs, 1000)
})

test.run()
