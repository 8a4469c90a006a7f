import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { absoluteId, isWithin, parentOf, taskPrefixOf } from '../../src/marathon/app-id.ts'
import { problemsOf, refusalOf } from '../../src/marathon/fault.ts'
import { normalizeApp } from '../../src/marathon/normalize-app.ts'
import { sameApp } from '../../src/marathon/same-app.ts'
import type { MarathonApp } from '../../src/marathon/types.ts'
import { appProblems, validateApp, validateUpdate } from '../../src/marathon/validate-app.ts'

const image = { docker: { image: 'busybox' } }
const minimal = { id: '/foo', cmd: 'sleep 100' }

test('ids are made absolute, doubled and closing slashes go', () => {
  assert.equal(
    ['web', '/a//b/', '../db', './x'].map((id) => absoluteId(id, '/prod')),
    ['/prod/web', '/a/b', '/db', '/prod/x'],
  )
  assert.equal([parentOf('/a/b'), parentOf('/a'), taskPrefixOf('/a/b')], ['/a', '/', 'a_b'])
  assert.equal(
    [isWithin('/a/b', '/a'), isWithin('/ab', '/a'), isWithin('/a', '/a'), isWithin('/x', '/')],
    [true, false, true, true],
  )
})

test('a minimal app gets the defaults that Marathon writes back', () => {
  assert.equal(normalizeApp(minimal), {
    id: '/foo',
    cmd: 'sleep 100',
    instances: 1,
    cpus: 1,
    mem: 128,
    disk: 0,
    gpus: 0,
    labels: {},
    requirePorts: false,
    executor: '',
    role: '*',
    backoffSeconds: 1,
    backoffFactor: 1.15,
    maxLaunchDelaySeconds: 300,
    killSelection: 'YOUNGEST_FIRST',
    networks: [{ mode: 'host' }],
    portDefinitions: [{ port: 0, name: 'default', protocol: 'tcp' }],
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
  })
})

const apps: readonly (readonly [string, object])[] = [
  ['minimal', minimal],
  [
    'old bridge',
    {
      ...minimal,
      container: { docker: { image: 'x', network: 'BRIDGE', portMappings: [{ containerPort: 80 }] } },
    },
  ],
  ['old ports and uris', { ...minimal, ports: [0, 8080], uris: ['http://x/y.tgz', 'http://x/z'] }],
  [
    'user network',
    { ...minimal, container: { docker: { image: 'x', network: 'USER' } }, ipAddress: { networkName: 'net' } },
  ],
  [
    'container network',
    {
      ...minimal,
      networks: [{ name: 'net' }],
      container: { ...image, portMappings: [{ containerPort: 80 }] },
    },
  ],
  [
    'checks',
    {
      ...minimal,
      healthChecks: [{}, { protocol: 'COMMAND', command: { value: 'true' } }],
      readinessChecks: [{ portName: 'default' }],
    },
  ],
  [
    'nulls and doubles',
    {
      ...minimal,
      args: null,
      labels: null,
      constraints: [
        ['hostname', 'UNIQUE'],
        ['hostname', 'UNIQUE'],
      ],
    },
  ],
  ['single instance', { ...minimal, labels: { MARATHON_SINGLE_INSTANCE_APP: 'true' } }],
]
for (const [title, app] of apps) {
  test(`normalizing twice changes nothing: ${title}`, () => {
    const once = normalizeApp(app)
    assert.equal(normalizeApp(once), once)
    assert.equal(sameApp(app as MarathonApp, once), [])
  })
}

test('old network forms become today’s', () => {
  const bridge = normalizeApp(apps[1]?.[1] ?? {})
  assert.equal(bridge.networks, [{ mode: 'container/bridge' }])
  assert.equal(bridge.container?.portMappings, [
    { containerPort: 80, hostPort: 0, servicePort: 0, protocol: 'tcp' },
  ])
  assert.is(bridge.portDefinitions, undefined)
  assert.not('network' in (bridge.container?.docker ?? {}))
  const old = normalizeApp(apps[2]?.[1] ?? {})
  assert.equal(
    old.portDefinitions?.map((item) => item.port),
    [0, 8080],
  )
  assert.equal(
    old.fetch?.map((item) => item.extract),
    [true, false],
  )
  assert.equal(normalizeApp(apps[3]?.[1] ?? {}).networks, [{ name: 'net', mode: 'container' }])
})

test('a port of 0 equals the service port that was assigned; another number does not', () => {
  const stored = {
    ...normalizeApp(minimal),
    portDefinitions: [{ port: 10_003, name: 'default', protocol: 'tcp' as const }],
  }
  assert.equal(sameApp(minimal, stored), [])
  const wanted = { ...minimal, portDefinitions: [{ port: 10_004, name: 'default' }] }
  assert.equal(
    sameApp(wanted, stored).map((difference) => difference.member),
    ['portDefinitions'],
  )
})

test('what Marathon adds to an app is no difference', () => {
  const read = {
    ...normalizeApp(minimal),
    version: 'x',
    versionInfo: {},
    tasksRunning: 1,
    deployments: [],
    tasks: [],
  }
  assert.equal(sameApp(minimal, read), [])
  assert.equal(sameApp({ ...minimal, env: { A: '1' } }, read), [
    { member: 'env', wanted: { A: '1' }, stored: undefined },
  ])
})

const refused: readonly (readonly [string, object, string, RegExp])[] = [
  ['no id', { cmd: 'sleep 1' }, 'Invalid JSON', /"\/id".*error.path.missing/],
  ['capitals', { ...minimal, id: '/Foo' }, 'Invalid JSON', /error.pattern/],
  ['a reserved last name', { ...minimal, id: '/a/tasks' }, 'Object is not valid', /"\/id"/],
  ['a number as text', { ...minimal, instances: '2' }, 'Invalid JSON', /error.expected.jsnumber/],
  ['a negative number', { ...minimal, mem: -1 }, 'Invalid JSON', /error.min/],
  ['cmd and args', { ...minimal, args: ['x'] }, 'Object is not valid', /cmd and args/],
  ['nothing to run', { id: '/foo' }, 'Object is not valid', /something to run/],
  [
    'an operator in small letters',
    { ...minimal, constraints: [['hostname', 'unique']] },
    'Object is not valid',
    /constraints\(0\).*operator must be one of/,
  ],
  [
    'LIKE without a value',
    { ...minimal, constraints: [['hostname', 'LIKE']] },
    'Object is not valid',
    /constraints\(0\)/,
  ],
  [
    'a wrong expression',
    { ...minimal, constraints: [['hostname', 'LIKE', '(']] },
    'Object is not valid',
    /Invalid regular expression/,
  ],
  ['a number in env', { ...minimal, env: { A: 1 } }, 'Object is not valid', /"\/env\/A"/],
  [
    'an undeclared secret',
    { ...minimal, env: { A: { secret: 's' } } },
    'Object is not valid',
    /undeclared secret/,
  ],
  [
    'doubled port names',
    { ...minimal, portDefinitions: [{ name: 'a' }, { name: 'a' }] },
    'Object is not valid',
    /names must be unique/,
  ],
  [
    'a check of a port that is not there',
    { ...minimal, portDefinitions: [], healthChecks: [{}] },
    'Object is not valid',
    /healthChecks\(0\)/,
  ],
  [
    'two Mesos checks',
    { ...minimal, healthChecks: [{ protocol: 'MESOS_TCP' }, { protocol: 'MESOS_HTTP' }] },
    'Object is not valid',
    /at most one Mesos/,
  ],
  [
    'readiness of an unknown port',
    { ...minimal, readinessChecks: [{ portName: 'x' }] },
    'Object is not valid',
    /portName x/,
  ],
  [
    'a volume without a mode',
    { ...minimal, container: { ...image, volumes: [{ containerPath: '/a', hostPath: '/b' }] } },
    'Object is not valid',
    /volumes\(0\)/,
  ],
  ['a strange role', { ...minimal, acceptedResourceRoles: ['x'] }, 'Object is not valid', /can only contain/],
  [
    'a limit below the request',
    { ...minimal, mem: 64, resourceLimits: { mem: 32 } },
    'Object is not valid',
    /greater than or equal/,
  ],
  [
    'old and new network forms',
    { ...minimal, networks: [{ mode: 'host' }], container: { docker: { image: 'x', network: 'HOST' } } },
    'Object is not valid',
    /old and new network/,
  ],
  [
    'two networks of Docker',
    { ...minimal, networks: [{ name: 'a' }, { name: 'b' }], container: image },
    'Object is not valid',
    /one container network/,
  ],
]
for (const [title, app, message, details] of refused) {
  test(`refused: ${title}`, () => {
    const result = validateApp(app)
    if (!('faults' in result)) return assert.unreachable('expected faults')
    const body = refusalOf(result.faults)
    assert.is(body.message, message)
    assert.match(JSON.stringify(body.details), details)
    assert.ok(problemsOf(result.faults, 'app').every((problem) => problem.message !== ''))
  })
}

test('an update may hold any members, but each must have its form', () => {
  assert.equal(validateUpdate({ mem: 64 }), [])
  assert.is(validateUpdate({ mem: 'x' })[0]?.code, 'error.expected.jsnumber')
})

test('a set of apps is checked as a whole: own faults, doubled ids, cycles', () => {
  const problems = appProblems([
    { ...minimal, id: '/a', dependencies: ['/b'] },
    { ...minimal, id: '/b', dependencies: ['/a'] },
    { id: '/c' },
    minimal,
    minimal,
  ] as MarathonApp[])
  assert.equal(
    problems.map((problem) => `${problem.where}: ${problem.message}`),
    [
      'app /c: something to run: cmd, args or an image',
      'app /foo: is defined twice',
      'dependencies: form a cycle: /a -> /b -> /a',
    ],
  )
})

test.run()
