import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostOf, instanceOf } from '../../src/start/identity.ts'
import { LineTail } from '../../src/start/line-tail.ts'
import { createLog } from '../../src/start/log.ts'

const hosts = {
  'c1.example.org': { address: '10.0.0.1', groups: [] },
  c2: { address: '10.0.0.2', groups: [] },
}

test('finds its host by name, address, or name without the domain', () => {
  const c1 = { host: 'c1.example.org', address: '10.0.0.1' }
  assert.equal(hostOf({ HOST: 'c1.example.org' }, hosts), c1)
  assert.equal(hostOf({ HOST: '10.0.0.1' }, hosts), c1)
  assert.equal(hostOf({ HOST: 'c1' }, hosts), c1)
  assert.equal(hostOf({ HOST: 'c2.other.net' }, hosts), { host: 'c2', address: '10.0.0.2' })
  assert.equal(hostOf({ HOST: '10.0.0.9' }, hosts), { host: '10.0.0.9', address: '10.0.0.9' })
})

test('takes Marathon’s task id as instance', () => {
  assert.is(instanceOf({ MESOS_TASK_ID: 'lab_api.instance-1._app.1' }, 'x'), 'lab_api.instance-1._app.1')
  assert.is(instanceOf({}, 'box.12'), 'box.12')
})

test('cuts a stream into lines and keeps the last ones', () => {
  const lines: string[] = []
  const tail = new LineTail(2, (line) => lines.push(line))
  for (const text of ['a\nb', 'c\n', 'd\ne']) tail.add(text)
  assert.equal(lines, ['a', 'bc', 'd'])
  assert.equal(tail.lines, ['bc', 'd', 'e'])
  tail.end()
  assert.equal(lines, ['a', 'bc', 'd', 'e'])
})

test('logs one line an event, redacted', () => {
  const lines: string[] = []
  const log = createLog({
    service: 'api',
    now: () => 0,
    write: (line) => lines.push(line),
    redact: (text) => text.replace('secret', '***'),
  })
  log('sync', 'one\ntwo secret')
  log('', 'x')
  const time = '1970-01-01T00:00:00.000Z kmesos-start'
  assert.equal(lines, [`${time} api/sync: one | two ***\n`, `${time} api: x\n`])
})

test.run()
