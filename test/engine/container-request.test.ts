import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { containerRequest } from '../../src/engine/container-request.ts'
import type { CreateBody } from '../../src/engine/create-body.ts'
import { newInstance } from '../../src/engine/instance.ts'
import type { Instance } from '../../src/engine/types.ts'
import { normalizeApp } from '../../src/marathon/normalize-app.ts'
import { testAgent } from './test-engine.ts'

const time = '2026-01-01T00:00:00.000Z'

function instanceOf(raw: object, hostPorts: readonly number[] = []): Instance {
  const stored = {
    ...normalizeApp(raw),
    version: time,
    versionInfo: { lastScalingAt: time, lastConfigChangeAt: time },
  }
  return { ...newInstance(stored, 0), id: 'web.instance-1', hostPorts, containerName: 'mesos-1' }
}

function bodyOf(raw: object, hostPorts: readonly number[] = []): CreateBody {
  const context = { agent: testAgent, engineId: 'e1', sandbox: '/sandboxes/web/t1' }
  return containerRequest(instanceOf(raw, hostPorts), context).body
}

function environmentOf(body: CreateBody): Record<string, string> {
  return Object.fromEntries(
    body.Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

const docker = { docker: { image: 'busybox:test' } }
const base = { id: '/prod/web', cpus: 0.5, mem: 64, container: docker, cmd: 'run it' }

test('a command replaces the entrypoint by a shell; arguments keep it; neither leaves the image as built', () => {
  const { Entrypoint, Cmd } = bodyOf(base)
  assert.equal([Entrypoint, Cmd], [['/bin/sh'], ['-c', 'run it']])
  const args = bodyOf({ ...base, cmd: undefined, args: ['a', 'b c'] })
  assert.equal([args.Entrypoint, args.Cmd], [undefined, ['a', 'b c']])
  const plain = bodyOf({ ...base, cmd: undefined })
  assert.equal([plain.Entrypoint, plain.Cmd], [undefined, undefined])
})

test('resources are shares and bytes; less memory than 32 MiB becomes 32', () => {
  assert.equal([bodyOf(base).HostConfig.CpuShares, bodyOf(base).HostConfig.Memory], [512, 64 * 1024 * 1024])
  assert.is(bodyOf({ ...base, mem: 1 }).HostConfig.Memory, 32 * 1024 * 1024)
  const limited = bodyOf({ ...base, resourceLimits: { cpus: 2, mem: 'unlimited' } }).HostConfig
  assert.equal(
    [limited.CpuQuota, limited.Memory, limited.MemoryReservation],
    [200_000, undefined, 64 * 1024 * 1024],
  )
})

test('the container carries the engine’s and the task’s label, and its sandbox', () => {
  const { Labels, HostConfig } = bodyOf(base)
  assert.equal(Labels, {
    'kmesos.engine': 'e1',
    MESOS_TASK_ID: 'web.instance-1._app.1',
    'kmesos.app': '/prod/web',
  })
  assert.equal(HostConfig.Binds, ['/sandboxes/web/t1:/mnt/mesos/sandbox'])
})

test('a task sees where it runs, what it is, its labels and its ports', () => {
  const body = bodyOf(
    {
      ...base,
      env: { A: '1', HOST: 'mine' },
      labels: { 'my-label': 'x' },
      portDefinitions: [{ port: 10_001, name: 'http-api' }, { port: 10_002 }],
    },
    [31_005, 31_006],
  )
  const environment = environmentOf(body)
  const expected = {
    HOST: 'mine',
    A: '1',
    MESOS_TASK_ID: 'web.instance-1._app.1',
    MESOS_SANDBOX: '/mnt/mesos/sandbox',
    MESOS_CONTAINER_NAME: 'mesos-1',
    MARATHON_APP_ID: '/prod/web',
    MARATHON_APP_VERSION: time,
    MARATHON_APP_DOCKER_IMAGE: 'busybox:test',
    MARATHON_APP_RESOURCE_CPUS: '0.5',
    MARATHON_APP_RESOURCE_MEM: '64.0',
    MARATHON_APP_RESOURCE_DISK: '0.0',
    MARATHON_APP_RESOURCE_GPUS: '0',
    MARATHON_APP_ENFORCE_GROUP_ROLE: 'false',
    MARATHON_APP_LABELS: 'MY_LABEL',
    MARATHON_APP_LABEL_MY_LABEL: 'x',
    PORT: '31005',
    PORT0: '31005',
    PORT1: '31006',
    PORTS: '31005,31006',
    PORT_10001: '31005',
    PORT_10002: '31006',
    PORT_HTTP_API: '31005',
  }
  assert.equal(environment, expected)
})

test('on a bridge ports are published; a container port of 0 is the host’s', () => {
  const portMappings = [
    { containerPort: 80, hostPort: 0, name: 'web' },
    { containerPort: 0, hostPort: 0, protocol: 'udp,tcp' },
  ]
  const body = bodyOf(
    { ...base, networks: [{ mode: 'container/bridge' }], container: { ...docker, portMappings } },
    [31_000, 31_001],
  )
  assert.is(body.HostConfig.NetworkMode, 'bridge')
  assert.equal(body.HostConfig.PortBindings, {
    '80/tcp': [{ HostPort: '31000' }],
    '31001/udp': [{ HostPort: '31001' }],
    '31001/tcp': [{ HostPort: '31001' }],
  })
  assert.equal([environmentOf(body)['PORT_80'], environmentOf(body)['PORT1']], ['31000', '31001'])
})

test('volumes are bound; a relative path lies in the sandbox', () => {
  const volumes = [
    { containerPath: '/etc/x', hostPath: '/etc/y', mode: 'RO' },
    { containerPath: 'data', hostPath: 'named', mode: 'RW' },
  ]
  const { Binds } = bodyOf({ ...base, container: { ...docker, volumes } }).HostConfig
  assert.equal(Binds.slice(0, 2), ['/etc/y:/etc/x:ro', 'named:/mnt/mesos/sandbox/data:rw'])
})

const parameters: readonly (readonly [string, string, (body: CreateBody) => unknown, unknown])[] = [
  ['init', 'true', (body) => body.HostConfig.Init, true],
  ['net', 'none', (body) => body.HostConfig.NetworkMode, 'none'],
  ['volume', 'data:/var/lib/mysql', (body) => body.HostConfig.Binds.at(-1), 'data:/var/lib/mysql'],
  ['user', 'root', (body) => body.User, 'root'],
  ['entrypoint', '/start', (body) => body.Entrypoint, ['/start']],
  ['label', 'a=b=c', (body) => body.Labels['a'], 'b=c'],
  ['cap-add', 'NET_ADMIN', (body) => body.HostConfig.CapAdd, ['NET_ADMIN']],
  ['privileged', 'true', (body) => body.HostConfig.Privileged, true],
  ['pid', 'host', (body) => body.HostConfig.PidMode, 'host'],
  ['ipc', 'host', (body) => body.HostConfig.IpcMode, 'host'],
  [
    'ulimit',
    'nofile=1024:2048',
    (body) => body.HostConfig.Ulimits,
    [{ Name: 'nofile', Soft: 1024, Hard: 2048 }],
  ],
  ['hostname', 'h', (body) => body.Hostname, 'h'],
  ['add-host', 'a:10.0.0.1', (body) => body.HostConfig.ExtraHosts, ['a:10.0.0.1']],
  ['tmpfs', '/run:rw,size=64m', (body) => body.HostConfig.Tmpfs, { '/run': 'rw,size=64m' }],
  ['device', '/dev/kvm', (body) => body.HostConfig.Devices?.[0]?.PathInContainer, '/dev/kvm'],
  ['security-opt', 'apparmor=unconfined', (body) => body.HostConfig.SecurityOpt, ['apparmor=unconfined']],
  ['shm-size', '64m', (body) => body.HostConfig.ShmSize, 64 * 1024 * 1024],
  ['memory-swap', '-1', (body) => body.HostConfig.MemorySwap, -1],
  [
    'publish',
    '127.0.0.1:80:8080',
    (body) => body.HostConfig.PortBindings,
    { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '80' }] },
  ],
  ['sysctl', 'net.core.somaxconn=10', (body) => body.HostConfig.Sysctls, { 'net.core.somaxconn': '10' }],
]
for (const [key, value, read, expected] of parameters) {
  test(`the parameter ${key}=${value} is what docker run makes of it`, () => {
    assert.equal(
      read(bodyOf({ ...base, container: { docker: { image: 'x', parameters: [{ key, value }] } } })),
      expected,
    )
  })
}

test('what cannot be run is refused with a sentence', () => {
  const withParameter = (key: string, value: string) => () =>
    bodyOf({ ...base, container: { docker: { image: 'x', parameters: [{ key, value }] } } })
  assert.throws(withParameter('constructor', 'x'), /unknown flag: --constructor/)
  assert.throws(withParameter('init', 'perhaps'), /invalid argument "perhaps" for "--init" flag/)
  assert.throws(() => bodyOf({ ...base, container: undefined }), /runs Docker containers only/)
  assert.throws(() => bodyOf({ ...base, fetch: [{ uri: 'http://x/y' }] }), /does not fetch/)
})

test.run()
