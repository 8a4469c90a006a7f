import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ConfigError } from '../../src/kernel/errors.ts'
import { newKey } from '../../src/zookeeper/identity.ts'
import {
  orThrow,
  parseKeyFile,
  parseRegistryNode,
  parseSecrets,
  parseStartEnvironment,
  parseStartSpec,
  parseStatusNode,
  parseVariablesNode,
  type Parsed,
} from '../../src/start-spec/parse.ts'
import { commandOf, daemonSpec, jobSpec } from '../support/start-specs.ts'

const problemsOf = (parsed: Parsed<unknown>): readonly string[] =>
  'problems' in parsed ? parsed.problems.map((problem) => `${problem.where}: ${problem.message}`) : []
const specProblems = (value: unknown): readonly string[] =>
  problemsOf(parseStartSpec(JSON.stringify(value), 'spec'))

test('takes a whole spec as it was written', () => {
  const spec = daemonSpec('keystone', {
    commands: [commandOf('db_sync')],
    user: 'keystone',
    partials: { a: 'b' },
  })
  assert.equal(parseStartSpec(JSON.stringify(spec), 'spec'), { value: spec })
  const job = jobSpec('keystone-db', [commandOf('create')])
  assert.equal(parseStartSpec(JSON.stringify(job), 'spec'), { value: job })
})

test('tells all faults at once, with their places and the nearest known key', () => {
  const spec = daemonSpec('keystone')
  const wrong = {
    ...spec,
    version: 2,
    user: 7,
    strategi: 'plain',
    files: [{ name: 'a/b', dest: 'etc/x', mode: 'rw', digest: 'abc' }],
    daemon: {
      ...spec.daemon,
      ready: { kind: 'htp' },
      onConfigChange: { reload: 'HUP' },
      ports: { public: '5000' },
    },
  }
  assert.equal(specProblems(wrong), [
    'spec: unknown key "strategi"; did you mean "strategy"?',
    'spec: version: must be 1, got 2',
    'spec: user: must be text, got 7',
    'spec: files/0/name: must be a name of letters, digits, "_", "." and "-", got string',
    'spec: files/0/dest: must be an absolute path, got string',
    'spec: files/0/mode: must be an octal mode like "0600", got string',
    'spec: files/0/digest: must be a SHA-256 digest in hex, got string',
    'spec: daemon/ready/kind: must be http or tcp or exec or none, got string',
    'spec: daemon/onConfigChange/reload: must be a signal name like SIGTERM, got string',
    'spec: daemon/ports/public: must be a whole number from 0, got string',
  ])
})

test('refuses specs that make no sense as a whole', () => {
  const { daemon, ...without } = daemonSpec('a')
  assert.equal(specProblems(without), ['spec: a service of kind daemon needs the member daemon'])
  assert.equal(specProblems({ ...jobSpec('a', [commandOf('x', { runOnce: false })]), daemon }), [
    'spec: a job has no daemon',
    'spec: command x of a job must be run once',
  ])
  assert.equal(
    specProblems(daemonSpec('a', { commands: [commandOf('x'), commandOf('x', { command: [] })] })),
    ['spec: there are two commands with the name x', 'spec: command x has no words'],
  )
  assert.equal(specProblems(daemonSpec('a', { commands: [commandOf('daemon')] })), [
    'spec: a command cannot have the name daemon',
  ])
})

test('never shows a text that is not JSON, nor a wrong value: it may be a key', () => {
  const secret = 'hunter2-hunter2'
  const all = [
    ...problemsOf(parseKeyFile(secret, 'key')),
    ...problemsOf(
      parseKeyFile(JSON.stringify({ version: 1, deployment: 'd', service: 's', key: secret }), 'key'),
    ),
    ...problemsOf(parseKeyFile(JSON.stringify(secret), 'key')),
  ]
  assert.ok(all.includes('key: is not JSON'))
  assert.ok(all.includes('key: reader: is missing'))
  assert.not.match(all.join('\n'), secret)
})

test('takes the other nodes and files', () => {
  const since = '2026-01-02T03:04:05.678Z'
  const values: readonly (readonly [(json: string, where: string) => Parsed<unknown>, unknown])[] = [
    [
      parseStatusNode,
      { state: 'done', digest: '', host: 'h', instance: 'i', attempt: 0, since, log: ['', 'x'] },
    ],
    [parseRegistryNode, { host: 'h', address: 'a', ports: { p: 1 }, incarnation: 'x', since }],
    [
      parseVariablesNode,
      { variables: { a: null, b: [1] }, hosts: { h: { address: '10.0.0.1', groups: ['g'] } } },
    ],
    [parseKeyFile, { version: 1, deployment: 'd', service: 's', key: newKey(), reader: newKey() }],
    [parseSecrets, { password: 'x', empty: '' }],
  ]
  for (const [parse, value] of values) {
    assert.equal(parse(JSON.stringify(value), 'node'), { value })
    assert.ok(problemsOf(parse('[]', 'node')).length > 0)
  }
})

test('reads the four variables of the environment and names the missing ones', () => {
  const environment = {
    PATH: '/bin',
    KMESOS_ZOOKEEPER: 'h1:2181,h2:2181',
    KMESOS_DEPLOYMENT: 'lab',
    KMESOS_SERVICE: 'keystone',
    KMESOS_KEY_FILE: '/etc/kmesos/key',
  }
  const { PATH: _path, ...wanted } = environment
  assert.equal(parseStartEnvironment(environment), { value: wanted })
  assert.equal(
    problemsOf(parseStartEnvironment({ ...wanted, KMESOS_ZOOKEEPER: 'zk://h', KMESOS_SERVICE: undefined })),
    [
      'environment: KMESOS_ZOOKEEPER: must be "host:port,host:port", got string',
      'environment: KMESOS_SERVICE: is missing',
    ],
  )
})

test('throws one ConfigError with all problems', () => {
  try {
    orThrow(parseStatusNode('{}', 'status'), 'the status')
    assert.unreachable()
  } catch (error) {
    assert.instance(error, ConfigError)
    assert.is((error as ConfigError).message, 'the status has 6 problems')
  }
})

test.run()
