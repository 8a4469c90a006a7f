import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lowest } from './candidacy.ts'
import { aclOf, parseZkAddress } from './zk-address.ts'

const test = suite('zk:// addresses and elections')

test('servers, path and login', () => {
  assert.equal(parseZkAddress('zk://h1:2181,h2:2181/mesos'), { servers: 'h1:2181,h2:2181', path: '/mesos' })
  assert.equal(parseZkAddress('zk://me:pass:word@10.0.0.1:2181/a/b'), {
    servers: '10.0.0.1:2181',
    path: '/a/b',
    login: { user: 'me', password: 'pass:word' },
  })
})

test('what is no such address is refused, without telling the password', () => {
  for (const text of [
    'h1:2181/mesos',
    'zk://h1:2181',
    'zk://h1:2181/',
    'zk://me@h1/mesos',
    'zk://me:geheim@/x',
  ]) {
    let message = ''
    try {
      parseZkAddress(text)
    } catch (error) {
      message = String(error)
    }
    assert.match(message, /expecting zk:\/\//, text)
    assert.not.match(message, /geheim/)
  }
})

test('with a login everyone reads and only the login writes', () => {
  const [own, others] = aclOf(parseZkAddress('zk://me:pass@h:1/m'))
  assert.match(own?.digestId ?? '', /^me:/)
  assert.not.match(own?.digestId ?? '', /pass/)
  assert.ok(own?.permissions.includes('write'))
  assert.equal(others, { digestId: 'world:anyone', permissions: ['read'] })
})

test('the candidate with the lowest number leads, whatever its name begins with', () => {
  const names = ['b-latch-0000000002', 'a-latch-0000000010', 'state', 'c-latch-0000000003']
  assert.is(lowest(names, /-latch-\d+$/), 'b-latch-0000000002')
  assert.is(lowest(['log_replicas'], /^json\.info_\d+$/), undefined)
})

test.run()
