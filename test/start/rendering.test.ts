import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Renderer } from '../../src/start/rendering.ts'
import type { Config } from '../../src/start/config-source.ts'
import type { RegistryNode } from '../../src/start-spec/types.ts'
import { daemonSpec } from '../support/start-specs.ts'

const identity = { deployment: 'lab', service: 'api', instance: 'i', host: 'h1', address: '10.0.0.1' }
const member = (host: string, address: string): RegistryNode => {
  return { host, address, ports: { db: 3306 }, incarnation: 'x', since: '2026-01-02T03:04:05Z' }
}
const rendererOf = (text: string): Renderer => {
  const config: Config = {
    spec: daemonSpec('api', {
      partials: { hello: 'Hello <%= name %>' },
      daemon: { ports: { public: 5000 } },
    }),
    variables: { variables: { debug: true }, hosts: {} },
    texts: new Map([['f', text]]),
    secrets: { password: 's3cret' },
  }
  return new Renderer(
    config,
    identity,
    new Map([['db', [member('h1', '10.0.0.1'), member('h2', '10.0.0.2')]]]),
  )
}
const fileOf = (text: string): string =>
  rendererOf(text).file({ name: 'f', dest: '/f', mode: '0600', digest: '' })

test('a file sees variables, itself, secrets, partials and discovery', () => {
  assert.is(fileOf('<%= debug %> <%= self.host %>:<%= self.ports.public %>'), 'true h1:5000')
  assert.is(fileOf('<%= secrets.password %>'), 's3cret')
  assert.is(fileOf("<%= include('hello', { name: 'you' }) %>"), 'Hello you')
  const db = "service('db')"
  assert.is(
    fileOf(`<%= ${db}.addresses.join() %> <%= ${db}.first %> <%= ${db}.ports.db %>`),
    '10.0.0.1,10.0.0.2 10.0.0.1 3306',
  )
  assert.is(fileOf("[<%= service('none').first %>]"), '[]')
})

test('remembers which services were asked for', () => {
  const renderer = rendererOf('')
  renderer.words(["<%= service('db').first %>", "<%= service('none').hosts.length %>"], 'x')
  assert.equal([...renderer.asked], ['db', 'none'])
})

test('refuses secrets in words and environment, and secrets that it does not have', () => {
  const renderer = rendererOf('')
  assert.throws(() => renderer.words(['<%= secrets.password %>'], 'x'), 'may be used in files and stdin only')
  assert.throws(
    () => renderer.environment({ A: '<%= secrets.password %>' }, 'x'),
    'may be used in files and stdin only',
  )
  assert.is(renderer.input('<%= secrets.password %>', 'x'), 's3cret')
  assert.throws(() => fileOf('<%= secrets.pasword %>'), 'service api has no secret "pasword"')
})

test.run()
