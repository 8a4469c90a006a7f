import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostChecks, hostProblems } from '../../src/bootstrap/host-checks.ts'
import { parseReport, reportScript } from '../../src/bootstrap/report-script.ts'
import type { HostNeeds, HostReport } from '../../src/bootstrap/types.ts'
import { parseFacts } from '../../src/facts/parse-facts.ts'
import type { Facts } from '../../src/facts/types.ts'

const needs: HostNeeds = {
  ports: [{ host: 'h1', port: 2181, container: 'zookeeper' }],
  architecture: 'x86_64',
  hosts: new Map([['h1', { memoryMb: 1_000, newestDocker: 25, cgroupV1: true }]]),
  images: [
    { host: 'h1', image: 'kmesos/zookeeper:local', source: 'local' },
    { host: 'h1', image: 'zookeeper:3.8', source: 'pull' },
  ],
  questions: { names: [], addresses: [] },
}

function reportOf(facts: Partial<Facts> = {}, more: Partial<HostReport> = {}): HostReport {
  const good: Facts = {
    ...parseFacts(''),
    architecture: 'x86_64',
    hostname: 'h1',
    sudo: 'root',
    os: { id: 'debian', version: '12', family: 'debian', name: 'Debian 12' },
    disk: { total_mb: 50_000, free_mb: 20_000 },
    addresses: [{ interface: 'eth0', address: '10.0.0.1', family: 4 }],
    memory_mb: 2_000,
    cgroup: 'v1',
  }
  const report: Omit<HostReport, 'facts'> = {
    host: 'h1',
    address: '10.0.0.1',
    listening: [],
    containers: [],
    holders: new Map(),
    images: new Set(['kmesos/zookeeper:local']),
    mtus: new Map([['eth0', 1500]]),
    names: new Map(),
    unroutable: [],
    clockAheadSeconds: 0,
  }
  return { ...report, ...more, facts: { ...good, ...facts } }
}

const problemsOf = (...reports: readonly HostReport[]): readonly string[] =>
  hostProblems(reports, needs).map((problem) => `${problem.where}: ${problem.message}`)

const docker = { ...parseFacts('').docker, installed: true, running: true, version: '20.10.24' }

test('a good host has no problem', () => {
  assert.equal(problemsOf(reportOf({ docker })), [])
  assert.equal(problemsOf(reportOf()), [], 'Docker can be installed on Debian')
})

const bad: readonly (readonly [string, HostReport, RegExp])[] = [
  [
    "root's rights are refused",
    reportOf({}, { rightsRefused: 'cannot become root: sudo is not installed: install sudo' }),
    /^h1: cannot become root: sudo is not installed/,
  ],
  [
    'Docker is too old',
    reportOf({ docker: { ...docker, version: '1.13.1' } }),
    /Docker 1\.13\.1 is too old: 20\.10/,
  ],
  [
    'no Docker where it cannot be installed',
    reportOf({ os: { id: 'alpine', version: '3', family: 'alpine', name: 'Alpine 3' } }),
    /cannot be installed on Alpine 3/,
  ],
  ['another architecture', reportOf({ architecture: 'aarch64' }), /is aarch64/],
  ['a full disk', reportOf({ disk: { total_mb: 9_000, free_mb: 100 } }), /only 100 MB are free/],
  ['a clock that is ahead', reportOf({}, { clockAheadSeconds: 300 }), /300 s ahead of/],
  ['a clock that is behind', reportOf({}, { clockAheadSeconds: -90 }), /90 s behind/],
  [
    'a Docker that is too new',
    reportOf({ docker: { ...docker, version: '29.1.0' } }),
    /29\.1\.0 is too new: .*25/,
  ],
  ['cgroups v2', reportOf({ cgroup: 'v2' }), /cgroups v2.*mesos_cgroup_v2: true/],
  ['little memory', reportOf({ memory_mb: 900 }), /900 MB of memory.*1000 MB/],
  [
    'an address of somebody else',
    reportOf({}, { address: '10.0.0.9' }),
    /10\.0\.0\.9, which is none of its addresses.*\(10\.0\.0\.1\)/,
  ],
  ['no route to a member', reportOf({}, { unroutable: ['10.9.0.1'] }), /no route to 10\.9\.0\.1/],
  [
    'a name that nobody knows',
    reportOf({}, { names: new Map([['zk1', []]]) }),
    /cannot resolve zk1: add it to DNS/,
  ],
  [
    'a port whose holder is known',
    reportOf({}, { listening: [2181], holders: new Map([[2181, 'the process nc (pid 7)']]) }),
    /port 2181, which zookeeper needs, is held by the process nc \(pid 7\): stop it, or set another port/,
  ],
  [
    'an image that is missing',
    reportOf({}, { images: new Set(['kmesos/other:local']) }),
    /^h1: has no image kmesos\/zookeeper:local, and image_source is local: bring it there \(kmesos images stage/,
  ],
  ['a port in use', reportOf({}, { listening: [22, 2181] }), /port 2181, which zookeeper needs, is in use/],
]
for (const [name, report, expected] of bad) {
  test(`names it: ${name}`, () => {
    const problems = problemsOf(report)
    assert.is(problems.length, 1, problems.join('\n'))
    assert.match(problems[0] ?? '', expected)
  })
}

test("a component's own container may hold its port", () => {
  assert.equal(problemsOf(reportOf({}, { listening: [2181], containers: ['zookeeper'] })), [])
})

test('two hosts of one name, or at one address, are named together', () => {
  const problems = problemsOf(reportOf(), reportOf({}, { host: 'h2' }))
  assert.equal(problems, [
    'h1, h2: have the address 10.0.0.1 in common: each host needs its own',
    'h1, h2: have the host name h1 in common: each host needs its own',
  ])
})

const second = { host: 'h2', address: '10.0.0.2' }
const secondFacts: Partial<Facts> = {
  hostname: 'h2',
  addresses: [{ interface: 'eth0', address: '10.0.0.2', family: 4 }],
}

test('clones of one image are told by their machine id', () => {
  const problems = problemsOf(
    reportOf({ machine_id: 'f00' }),
    reportOf({ ...secondFacts, machine_id: 'f00' }, second),
  )
  assert.is(problems.length, 1)
  assert.match(problems[0] ?? '', /^h1, h2: have the machine id f00 in common: make new ones/)
})

test('hosts that see a name differently, or send packets of other sizes, are named', () => {
  const names = (address: string): Partial<HostReport> => ({ names: new Map([['zk1', [address]]]) })
  assert.match(
    problemsOf(
      reportOf({}, names('10.0.0.1')),
      reportOf(secondFacts, { ...second, ...names('10.0.0.7') }),
    )[0] ?? '',
    /^h1, h2: zk1 stands for 10\.0\.0\.1 \(h1\) and for 10\.0\.0\.7 \(h2\)/,
  )
  assert.equal(
    problemsOf(reportOf({}, names('127.0.1.1')), reportOf(secondFacts, { ...second, ...names('10.0.0.7') })),
    [],
  )
  const large = { ...second, mtus: new Map([['eth0', 9000]]) }
  assert.equal(problemsOf(reportOf(), reportOf(secondFacts, large)), [
    'h2: its interface has MTU 9000, that of h1 has 1500: give all hosts one MTU',
  ])
})

test('a check that is skipped is silent, the others are not', () => {
  const report = reportOf({ cgroup: 'v2', memory_mb: 10 })
  const left = hostProblems([report], needs, ['memory'])
  assert.equal(
    left.map(({ message }) => message.slice(0, 15)),
    ['has cgroups v2,'],
  )
  assert.equal(
    hostProblems(
      [report],
      needs,
      hostChecks.map(({ name }) => name),
    ),
    [],
  )
})

test('nothing is said of the images of a host whose Docker does not answer', () => {
  const { images: _images, ...blind } = reportOf()
  assert.equal(hostProblems([blind], needs), [])
})

test('checks have names of their own', () => {
  const names = hostChecks.map(({ name }) => name)
  assert.equal([...new Set(names)], names)
})

test('the program asks this machine and finds a port that is listened on', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const text = execFileSync('sh', ['-s'], {
    input: reportScript({
      names: ['localhost', 'no-such-name.invalid'],
      addresses: ['127.0.0.1', '0.0.0.0/0x'],
    }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  server.close()
  const report = parseReport(text, { host: 'here', address: '127.0.0.1' }, Date.now())
  assert.ok((report.names.get('localhost') ?? []).length > 0)
  assert.equal(report.names.get('no-such-name.invalid'), [])
  assert.equal(report.unroutable, ['0.0.0.0/0x'])
  assert.is(report.mtus.get('lo'), 65536)
  assert.match(report.holders.get(port) ?? '', new RegExp(`\\(pid ${process.pid}\\)`))
  assert.ok(report.listening.includes(port), `${port} in ${report.listening.join()}`)
  assert.ok(Math.abs(report.clockAheadSeconds) < 30)
  assert.not.equal(report.facts.hostname, '')
})

test('docs/operating.md lists the checks as they are', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8')
  const table = hostChecks.map(({ name, about }) => `| ${name} | ${about} |`).join('\n')
  assert.ok(text.includes(`| check | looks whether |\n|---|---|\n${table}\n\n`), table)
})

test.run()
