import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { buildTimeline } from '../../src/reporter/timeline.ts'
import { formatTimelinePage } from '../../src/reporter/timeline-page.ts'
import type { RunEvent } from '../../src/reporter/types.ts'

const task = (host: string, name: string, startedAt: number, at: number): RunEvent => ({
  kind: 'task-result',
  play: 'p',
  host,
  task: name,
  status: 'changed',
  startedAt,
  at,
})

const state = (subject: string, word: string, at: number, waitingFor: readonly string[] = []): RunEvent => ({
  kind: 'state',
  subject,
  state: word,
  waitingFor,
  final: word === 'ready' || word === 'done',
  at,
})

const deploy: readonly RunEvent[] = [
  { kind: 'run-started', verb: 'deploy', at: 0, check: false },
  { kind: 'phase-started', phase: 'Wait', at: 10 },
  state('mariadb/daemon', 'starting', 20),
  state('memcached/daemon', 'starting', 20),
  state('keystone/daemon', 'waiting', 20, ['keystone-db/create', 'memcached/daemon']),
  state('keystone-db/create', 'waiting', 20, ['mariadb/daemon']),
  state('memcached/daemon', 'ready', 100),
  state('mariadb/daemon', 'ready', 3000),
  state('keystone-db/create', 'running', 3010),
  state('keystone-db/create', 'done', 4000),
  state('keystone/daemon', 'starting', 4010),
  state('keystone/daemon', 'ready', 9000),
  { kind: 'phase-ended', phase: 'Wait', at: 9010, outcome: 'changed' },
  { kind: 'run-ended', at: 9020, exitCode: 0, changed: true },
]

test('the critical path goes back along what each service waited for last', () => {
  const path = buildTimeline(deploy).criticalPath.map((step) => `${step.name} ${step.from}-${step.to}`)
  assert.equal(path, ['mariadb/daemon 20-3000', 'keystone-db/create 3010-4000', 'keystone/daemon 4010-9000'])
})

test('the steps of one service follow each other on the critical path, although none waited for another', () => {
  const events: readonly RunEvent[] = [
    { kind: 'phase-started', phase: 'Wait', at: 0 },
    state('keystone/keys', 'running', 10),
    state('keystone/keys', 'done', 600),
    state('keystone/db_sync', 'running', 610),
    state('keystone/db_sync', 'done', 2000),
    state('keystone/daemon', 'starting', 2010),
    state('memcached/daemon', 'starting', 10),
    state('memcached/daemon', 'ready', 2015),
    state('keystone/daemon', 'ready', 4000),
    { kind: 'phase-ended', phase: 'Wait', at: 4001, outcome: 'changed' },
  ]
  const path = buildTimeline(events).criticalPath.map((step) => step.name)
  assert.equal(path, ['keystone/keys', 'keystone/db_sync', 'keystone/daemon'])
})

test('two services that wait for each other do not hang the timeline', () => {
  const events: readonly RunEvent[] = [
    { kind: 'phase-started', phase: 'Wait', at: 0 },
    state('a/daemon', 'waiting', 0, ['b/daemon']),
    state('b/daemon', 'waiting', 0, ['a/daemon']),
    { kind: 'phase-ended', phase: 'Wait', at: 50, outcome: 'failed' },
  ]
  assert.equal(
    buildTimeline(events).rows.map((row) => row.name),
    ['phases', 'a/daemon', 'b/daemon'],
  )
})

test('on hosts the critical path is the straggler', () => {
  const events: readonly RunEvent[] = [
    { kind: 'phase-started', phase: 'Configure', at: 0 },
    task('h1', 'pull', 0, 100),
    task('h2', 'pull', 0, 900),
    task('h2', 'start', 900, 950),
    { kind: 'phase-ended', phase: 'Configure', at: 960, outcome: 'changed' },
  ]
  assert.equal(
    buildTimeline(events).criticalPath.map((step) => `${step.name} ${step.label}`),
    ['h2 pull', 'h2 start'],
  )
})

test('tasks are summed up over their hosts, the slowest first', () => {
  const events = [
    task('h1', 'pull', 0, 100),
    task('h2', 'pull', 0, 300),
    task('h3', 'pull', 0, 900),
    task('h1', 'start', 900, 910),
  ]
  assert.equal(buildTimeline(events).tasks, [
    { task: 'pull', hosts: 3, changed: 3, failed: 0, slowestMs: 900, slowestHost: 'h3', medianMs: 300 },
  ])
})

test('tasks of one remote program, whose results come together, have the times at which they ran', () => {
  const begun = (name: string, at: number): RunEvent => ({
    kind: 'task-started',
    play: 'p',
    host: 'h1',
    task: name,
    at,
  })
  const events = [
    begun('write', 100),
    begun('pull', 150),
    task('h1', 'look', 0, 900),
    task('h1', 'write', 0, 900),
    task('h1', 'pull', 0, 900),
  ]
  assert.equal(
    buildTimeline(events).rows[0]?.bars.map((bar) => `${bar.label} ${bar.from}-${bar.to}`),
    ['look 0-100', 'write 100-150', 'pull 150-900'],
  )
})

test('plays are the bars of a run without phases', () => {
  const events: readonly RunEvent[] = [
    { kind: 'play-started', play: 'One', hosts: ['h1'], at: 0 },
    { kind: 'play-ended', play: 'One', at: 50 },
    { kind: 'play-started', play: 'Two', hosts: ['h1'], at: 50 },
  ]
  assert.equal(
    buildTimeline([...events, { kind: 'message', level: 'info', text: '', at: 80 }]).rows[0]?.bars,
    [
      { label: 'One', from: 0, to: 50, kind: 'phase' },
      { label: 'Two', from: 50, to: 80, kind: 'phase' },
    ],
  )
})

test('the page holds no markup from outside, and asks nobody for anything', () => {
  const page = formatTimelinePage(
    buildTimeline([...deploy, task('<h1>', '</script><script>alert(1)</script>', 100, 900)]),
  )
  assert.is(page.match(/<script/g)?.length, 2)
  assert.ok(page.includes('\\u003c/script>'))
  assert.not.match(page, /https?:\/\/|<h1>:/)
  assert.match(page, /default-src 'none'/)
})

test('a run without any event gives an empty timeline', () => {
  assert.equal(buildTimeline([]).rows, [])
})

test.run()
