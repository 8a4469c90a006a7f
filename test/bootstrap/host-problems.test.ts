import { execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostProblems } from '../../src/bootstrap/host-problems.ts'
import { parseReport, reportScript } from '../../src/bootstrap/report-script.ts'
import type { HostReport } from '../../src/bootstrap/types.ts'
import { parseFacts } from '../../src/facts/parse-facts.ts'
import type { Facts } from '../../src/facts/types.ts'

const needs = { ports: [{ host: 'h1', port: 2181, container: 'zookeeper' }], architecture: 'x86_64' }

function reportOf(facts: Partial<Facts> = {}, more: Partial<HostReport> = {}): HostReport {
  const good: Facts = {
    ...parseFacts(''),
    architecture: 'x86_64',
    hostname: 'h1',
    sudo: 'root',
    os: { id: 'debian', version: '12', family: 'debian', name: 'Debian 12' },
    disk: { total_mb: 50_000, free_mb: 20_000 },
  }
  const report = {
    host: 'h1',
    address: '10.0.0.1',
    listening: [],
    containers: [],
    becomePassword: false,
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
  ['no sudo', reportOf({ sudo: 'none' }), /no sudo.*log in as root/],
  ["sudo's password is not known", reportOf({ sudo: 'password' }), /--ask-become-pass/],
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

test('sudo with a known password is fine', () => {
  assert.equal(problemsOf(reportOf({ sudo: 'password' }, { becomePassword: true })), [])
})

test('two hosts of one name, or at one address, are named together', () => {
  const problems = problemsOf(reportOf(), reportOf({}, { host: 'h2' }))
  assert.equal(problems, [
    'h1, h2: have the host name h1 in common: each host needs its own',
    'h1, h2: have the address 10.0.0.1 in common: each host needs its own',
  ])
})

test('the program asks this machine and finds a port that is listened on', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const text = execFileSync('sh', ['-s'], {
    input: reportScript,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  server.close()
  const report = parseReport(text, { host: 'here', address: '127.0.0.1', becomePassword: false }, Date.now())
  assert.ok(report.listening.includes(port), `${port} in ${report.listening.join()}`)
  assert.ok(Math.abs(report.clockAheadSeconds) < 30)
  assert.not.equal(report.facts.hostname, '')
})

test.run()
