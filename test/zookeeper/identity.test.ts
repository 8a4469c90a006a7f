import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import { digestIdOf, loginOf, newKey, seal, secretsPlace, unseal } from '../../src/zookeeper/identity.ts'
import { layoutOf } from '../../src/zookeeper/layout.ts'
import { preparedNodes } from '../../src/zookeeper/prepared-nodes.ts'

test('derives different logins from one key for different principals and deployments', () => {
  const key = newKey()
  const users = [
    loginOf('operator', 'a', key),
    loginOf('reader', 'a', key),
    loginOf({ service: 'x' }, 'b', key),
  ]
  assert.equal(
    users.map((login) => login.user),
    ['a.operator', 'a.reader', 'b.service-x'],
  )
  assert.is(loginOf('reader', 'a', key).password, loginOf('reader', 'a', key).password)
  assert.is.not(loginOf('reader', 'a', key).password, loginOf('reader', 'a', newKey()).password)
  // What ZooKeeper 3.8's own DigestAuthenticationProvider prints for super:secret.
  assert.is(digestIdOf({ user: 'super', password: 'secret' }), 'super:lK75jTNcA+U9vtVEw5vB51mj/w4=')
})

test('opens what was sealed with the same key for the same place, and nothing else', () => {
  const key = newKey()
  const sealed = seal('{"a":"b"}', key, secretsPlace('lab', 'api'))
  assert.is(unseal(sealed, key, secretsPlace('lab', 'api')), '{"a":"b"}')
  assert.is.not(sealed, seal('{"a":"b"}', key, secretsPlace('lab', 'api')))
  for (const [otherKey, place] of [
    [newKey(), 'lab/api'],
    [key, 'lab/web'],
  ] as const) {
    try {
      unseal(sealed, otherKey, place)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, ConfigError)
    }
  }
})

test('prepares parents before children, and gives the service its own folders only', () => {
  const layout = layoutOf('lab')
  const who = { service: 'api', operator: 'o:1', reader: 'r:2', own: 's:3', hosts: ['h1', 'h2'] }
  const nodes = preparedNodes(layout, who)
  const paths = nodes.map((node) => node.path)
  for (const path of paths.filter((each) => each !== layout.root)) {
    const parent = path.slice(0, path.lastIndexOf('/'))
    assert.ok(paths.indexOf(parent) < paths.indexOf(path) && paths.includes(parent), path)
  }
  const own = nodes
    .filter((node) => node.acl.some((entry) => entry.digestId === 's:3'))
    .map((node) => node.path)
  assert.equal(own, [
    '/kmesos/lab/status/global/api',
    '/kmesos/lab/status/host/h1/api',
    '/kmesos/lab/status/host/h2/api',
    '/kmesos/lab/registry/api',
    '/kmesos/lab/waiting/api',
  ])
})

test.run()
