import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildSituation, type SeenHost } from '../../src/quorum/build-situation.ts'
import { parseProbe, parseServers, unknownReport, type MemberReport } from '../../src/quorum/parse-probe.ts'
import type { MemberPlace } from '../../src/quorum/probe-script.ts'
import type { Component } from '../../src/quorum/types.ts'

const servers =
  'server.1=10.0.0.1:2888:3888;2181 server.2=10.0.0.2:2888:3888;2181 server.3=[fd00::3]:2888:3888;2181'

function placeOf(component: Component, port: number): MemberPlace {
  return { component, container: 'c', address: '10.0.0.1', port, dataDirs: ['/d'] }
}
const zookeeper = placeOf('zookeeper', 2181)

function container(
  running: boolean,
  made: { readonly env?: readonly string[]; readonly cmd?: readonly string[] },
): string {
  return JSON.stringify([
    { State: { Running: running }, Config: { Env: made.env ?? [], Cmd: made.cmd ?? null } },
  ])
}

function told(parts: {
  readonly container: string
  readonly data?: string
  readonly answer?: string
}): string {
  return `## container\n${parts.container}\n## data\n${parts.data ?? ''}\n## answer\n${parts.answer ?? ''}\n`
}

const made = { env: [`ZOO_SERVERS=${servers}`, 'ZOO_MY_ID=1'] }

const cases: readonly (readonly [string, string, MemberPlace, Partial<MemberReport>])[] = [
  ['nothing there', told({ container: 'none' }), zookeeper, { state: 'absent', hasData: false }],
  [
    'data without a container',
    told({ container: 'none', data: 'myid 1\nepoch 3' }),
    zookeeper,
    { state: 'stopped', hasData: true },
  ],
  [
    'a stopped one',
    told({ container: container(false, made), data: 'epoch 0' }),
    zookeeper,
    { state: 'stopped', hasData: false, id: 1 },
  ],
  [
    'one that has not joined',
    told({
      container: container(true, made),
      answer: 'This ZooKeeper instance is not currently serving requests',
    }),
    zookeeper,
    { state: 'running' },
  ],
  [
    'a follower',
    told({ container: container(true, made), answer: 'Zxid: 0x1\nMode: follower\n' }),
    zookeeper,
    { state: 'in-sync', hasData: true },
  ],
  [
    'a single one',
    told({ container: container(true, made), answer: 'Mode: standalone' }),
    zookeeper,
    { state: 'leader' },
  ],
  [
    'Docker does not answer, the member does',
    told({ container: 'away\nCannot connect to the Docker daemon', answer: 'Mode: leader' }),
    zookeeper,
    { state: 'leader' },
  ],
  [
    'Docker does not answer, nor does the member',
    told({ container: 'away\nCannot connect' }),
    zookeeper,
    { state: 'unreachable' },
  ],
  [
    'data of another one',
    told({ container: container(true, made), data: 'myid 7' }),
    zookeeper,
    { fault: 'its data belong to id 7, and its container is told id 1' },
  ],
  [
    'a container of somebody else',
    told({ container: container(true, {}) }),
    zookeeper,
    { fault: 'its container c was not made by kmesos (no ZOO_MY_ID, no ZOO_SERVERS)' },
  ],
  [
    'something else on its port',
    told({ container: 'none', answer: 'Mode: standalone' }),
    zookeeper,
    { fault: 'something answers on port 2181, and there is no container c' },
  ],
  [
    'a leading Mesos master',
    told({
      container: container(true, { cmd: ['--quorum=2'] }),
      answer: 'HTTP/1.1 200 OK\r\n\r\n{"master\\/elected":1.0,"registrar\\/log\\/recovered":1.0}',
    }),
    placeOf('mesos-master', 5050),
    { state: 'leader', quorum: 2 },
  ],
  [
    'a Mesos master that waits for its log',
    told({
      container: container(true, { cmd: ['--quorum=2'] }),
      answer: '{"master/elected":0,"registrar/log/recovered":0}',
    }),
    placeOf('mesos-master', 5050),
    { state: 'running' },
  ],
  [
    'a standby Mesos master',
    told({
      container: container(true, { cmd: ['--quorum=2'] }),
      answer: '{"master/elected":0,"registrar/log/recovered":1}',
    }),
    placeOf('mesos-master', 5050),
    { state: 'in-sync' },
  ],
  [
    'the leading Marathon',
    told({ container: container(true, {}), answer: '{"leader":"10.0.0.1:8080"}' }),
    placeOf('marathon', 8080),
    { state: 'leader' },
  ],
  [
    'a standby Marathon',
    told({ container: container(true, {}), answer: '{"leader":"10.0.0.2:8080"}' }),
    placeOf('marathon', 8080),
    { state: 'in-sync' },
  ],
  [
    'a Marathon without a leader',
    told({ container: container(true, {}), answer: '{"message":"There is no leader"}' }),
    placeOf('marathon', 8080),
    { state: 'running' },
  ],
]

for (const [title, text, place, expected] of cases) {
  test(title, () => {
    const report = parseProbe(text, place)
    for (const [key, value] of Object.entries(expected))
      assert.equal(report[key as keyof MemberReport], value, key)
    if (expected.fault === undefined) assert.is(report.fault, undefined)
  })
}

test('members of the ensemble by number and address', () => {
  assert.equal(
    parseServers(servers).map(({ id, address }) => `${id} ${address}`),
    ['1 10.0.0.1', '2 10.0.0.2', '3 fd00::3'],
  )
})

test('voters that are not of the group are gone, and a member that is left alone is nobody to count on', () => {
  const report: MemberReport = { ...unknownReport, state: 'in-sync', servers: parseServers(servers), id: 1 }
  const hosts: readonly SeenHost[] = [
    { name: 'a', address: '10.0.0.1', report, differs: true },
    { name: 'b', address: '10.0.0.9', report: { ...report, id: 2 }, differs: true },
    {
      name: 'd',
      address: '10.0.0.4',
      report: { state: 'stopped', hasData: true, servers: [] },
      differs: false,
    },
  ]
  const situation = buildSituation('zookeeper', hosts, parseServers(servers))
  assert.equal(situation.dead, ['server.3 (fd00::3)'])
  assert.equal(situation.wanted, ['a', 'b', 'd'])
  assert.equal(situation.members[0]?.list, ['a', 'b', 'server.3 (fd00::3)'])
  assert.is(situation.members[2]?.state, 'unreachable')
})

test.run()
