import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatSection } from '../../src/reporter/format-section.ts'
import { paintOf } from '../../src/reporter/paint.ts'
import { follow, newSection, type Section } from '../../src/reporter/tree-section.ts'
import type { RunEvent, TaskStatus } from '../../src/reporter/types.ts'

const options = { paint: paintOf(false), verbose: false, output: false }
const view = { now: 60_000, paint: options.paint, rows: 3, columns: 60 }

const started = (host: string, at: number): RunEvent => ({
  kind: 'task-started',
  play: 'p',
  host,
  task: 'Pull',
  at,
})
const ended = (host: string, status: TaskStatus): RunEvent => ({
  kind: 'task-result',
  play: 'p',
  host,
  task: 'Pull',
  status,
  startedAt: 0,
  at: 50_000,
})

function sectionOf(events: readonly RunEvent[]): Section {
  const section = newSection('Configure', 0)
  for (const event of events) follow(section, event, options)
  return section
}

test('while it runs, the slowest host comes first, with its last line', () => {
  const section = sectionOf([
    { kind: 'play-started', play: 'p', hosts: ['h1', 'h2', 'h3'], at: 0 },
    started('h1', 20_000),
    started('h2', 5_000),
    { kind: 'output', host: 'h2', task: 'Pull', stream: 'stdout', line: 'layer\u001b[2J 7', at: 6_000 },
  ])
  assert.equal(formatSection(section, view), [
    'Configure  p, 1 of 3 hosts idle, 1 min 00 s',
    'h2: Pull  55 s > layer [2J 7',
    'h1: Pull  40 s',
  ])
})

test('more hosts than rows are counted', () => {
  const hosts = Array.from({ length: 300 }, (_, index) => `h${index}`)
  const section = sectionOf([
    { kind: 'play-started', play: 'p', hosts, at: 0 },
    ...hosts.map((host) => started(host, 1)),
  ])
  const lines = formatSection(section, view)
  assert.is(lines.length, 1 + view.rows)
  assert.is(lines.at(-1), 'and 298 more')
})

test('a long row is cut to the width of the terminal', () => {
  const section = sectionOf([
    started('h1', 0),
    { kind: 'output', host: 'h1', task: 'Pull', stream: 'stdout', line: 'x'.repeat(500), at: 1 },
  ])
  assert.is(formatSection(section, view)[1]?.length, view.columns)
})

test('when it is over, the same change on many hosts is one line', () => {
  const hosts = Array.from({ length: 20 }, (_, index) => `h${index}`)
  const section = sectionOf([...hosts.map((host) => ended(host, 'changed')), ended('h20', 'failed')])
  section.endedAt = 60_000
  assert.equal(formatSection(section, view), [
    'Configure  20 changed, 1 failed, 1 min 00 s',
    '[h0, h1, h2 and 17 more] changed: Pull',
    '[h20] failed: Pull',
  ])
})

test('a service that waits is shown until it is ready, since when it waits', () => {
  const waiting: RunEvent = {
    kind: 'state',
    subject: 'a/daemon',
    state: 'waiting',
    detail: 'for b/daemon',
    at: 10_000,
  }
  const section = sectionOf([waiting, { ...waiting, detail: 'for c/daemon', at: 20_000 }])
  assert.equal(formatSection(section, view), [
    'Configure  0 of 1 ready, 1 min 00 s',
    'a/daemon: waiting (for c/daemon)  50 s',
  ])
  follow(section, { kind: 'state', subject: 'a/daemon', state: 'ready', final: true, at: 30_000 }, options)
  assert.equal(formatSection(section, view), ['Configure  1 of 1 ready, 1 min 00 s'])
})

test.run()
