import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { afterProbe, firstProbeAfterMs } from '../../src/engine/health.ts'
import { app, withEngine } from './test-engine.ts'

const good = { status: 200, contentType: '', body: '' }
const check = {
  protocol: 'HTTP',
  path: '/up',
  gracePeriodSeconds: 30,
  intervalSeconds: 10,
  timeoutSeconds: 5,
  maxConsecutiveFailures: 2,
} as const
const probed = (id: string, more: object = {}) =>
  app(id, { portDefinitions: [{ port: 0 }], healthChecks: [{ ...check, ...more }] })

test(
  'a deployment waits for the first healthy result',
  withEngine(async ({ ask, settle, prober, deployments, app: read, eventTypes }) => {
    await ask('PUT', '/v2/apps/web', probed('/web'))
    await settle(4000)
    assert.is((await deployments()).length, 1)
    assert.equal(
      [
        (await read('/web')).tasksRunning,
        (await read('/web')).tasksHealthy,
        (await read('/web')).tasksUnhealthy,
      ],
      [1, 0, 0],
    )
    prober.answer = () => good
    await settle(2000)
    assert.equal(await deployments(), [])
    assert.is((await read('/web')).tasksHealthy, 1)
    assert.equal(prober.asked, ['10.0.0.1:31000/up'])
    assert.is((await read('/web')).tasks?.[0]?.healthCheckResults?.[0]?.alive, true)
    assert.ok(eventTypes().includes('health_status_changed_event'))
  }),
)

test(
  'failures in the grace period do not count; later ones kill, and the failure is kept',
  withEngine(async ({ ask, settle, app: read, events }) => {
    await ask('PUT', '/v2/apps/web', probed('/web'))
    await settle(6000)
    await settle(20_000)
    assert.equal([(await read('/web')).tasksUnhealthy, (await read('/web')).tasksRunning], [0, 1])
    await settle(10_000)
    assert.is((await read('/web')).tasksUnhealthy, 1)
    await settle(10_000)
    const kill = events.find((event) => event.eventType === 'unhealthy_instance_kill_event')
    assert.match(String(kill?.['reason']), /ECONNREFUSED/)
    const after = await read('/web')
    assert.equal(after.lastTaskFailure?.state, 'TASK_KILLED')
    assert.match(after.lastTaskFailure?.message ?? '', /^Task was killed since health check failed. Reason: /)
    assert.is(after.tasksRunning, 1)
    assert.match(after.tasks?.[0]?.id ?? '', /_app\.2$/)
  }),
)

test('after the first success even the grace period counts failures, and one success forgives them', () => {
  const time = { now: 10_000, startedAt: 0 }
  const first = afterProbe(check, undefined, undefined, time)
  assert.equal([first.record?.alive, first.kill], [true, false])
  const second = afterProbe(check, first.record, 'no', time)
  assert.equal([second.record?.alive, second.record?.consecutiveFailures, second.kill], [false, 1, false])
  assert.is(afterProbe(check, second.record, 'no', time).kill, true)
  assert.is(afterProbe(check, second.record, undefined, time).record?.consecutiveFailures, 0)
  assert.is(afterProbe(check, undefined, 'no', time).record, undefined)
})

test('maxConsecutiveFailures 0 never kills for Marathon and kills at once for Mesos', () => {
  const time = { now: 60_000, startedAt: 0 }
  assert.is(afterProbe({ ...check, maxConsecutiveFailures: 0 }, undefined, 'no', time).kill, false)
  assert.is(
    afterProbe({ ...check, protocol: 'MESOS_HTTP', maxConsecutiveFailures: 0 }, undefined, 'no', time).kill,
    true,
  )
})

test('the first probe comes after at most 5 s, or after the delay of a Mesos check', () => {
  assert.is(firstProbeAfterMs({ protocol: 'HTTP', intervalSeconds: 60 }), 5000)
  assert.is(firstProbeAfterMs({ protocol: 'TCP', intervalSeconds: 2 }), 2000)
  assert.is(firstProbeAfterMs({ protocol: 'MESOS_TCP', delaySeconds: 15 }), 15_000)
})

test(
  'a COMMAND check runs in the container',
  withEngine(async ({ ask, settle, app: read }) => {
    const common = {
      protocol: 'COMMAND',
      delaySeconds: 1,
      intervalSeconds: 5,
      gracePeriodSeconds: 0,
      maxConsecutiveFailures: 2,
    }
    await ask('PUT', '/v2/apps/ok', app('/ok', { healthChecks: [{ ...common, command: { value: 'true' } }] }))
    await ask(
      'PUT',
      '/v2/apps/bad',
      app('/bad', { healthChecks: [{ ...common, command: { value: 'echo broken; exit 3' } }] }),
    )
    await settle(1100)
    assert.is((await read('/ok')).tasksHealthy, 1)
    assert.is(
      (await read('/bad')).tasks?.[0]?.healthCheckResults?.[0]?.lastFailureCause,
      'Command returned exit code 3: broken',
    )
    await settle(5000)
    assert.match((await read('/bad')).lastTaskFailure?.message ?? '', /exit code 3/)
  }),
)

test(
  'Mesos checks go to loopback on the host network, Marathon checks to the agent',
  withEngine(async ({ ask, settle, prober }) => {
    prober.answer = () => good
    await ask('PUT', '/v2/apps/web', probed('/web', { protocol: 'MESOS_TCP', path: null, delaySeconds: 1 }))
    await settle(1100)
    assert.equal(prober.asked, ['127.0.0.1:31000'])
  }),
)

test.run()
