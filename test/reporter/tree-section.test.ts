import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatSection } from '../../src/reporter/format-section.ts'
import { paintOf } from '../../src/reporter/paint.ts'
import { widthOf } from '../../src/reporter/screen-text.ts'
import { follow, newSection, type Section } from '../../src/reporter/tree-section.ts'
import type { RunEvent, TaskStatus } from '../../src/reporter/types.ts'

const options = { paint: paintOf(false), verbose: false, output: false }
const view = { now: 60_000, paint: options.paint, rows: 8, columns: 76 }

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `c${String(index + 1).padStart(3, '0')}`)
const play = (hosts: readonly string[]): RunEvent => ({
  kind: 'play-started',
  play: 'p',
  hosts,
  tasks: 4,
  at: 0,
})
const slot = (host: string, at = 0): RunEvent => ({ kind: 'host-started', play: 'p', host, at })
const started = (host: string, at: number, task = 'Pull'): RunEvent => ({
  ...{ kind: 'task-started', play: 'p', host, task, at },
})
const ended = (
  host: string,
  status: TaskStatus,
  more: { message?: string; detail?: string; at?: number } = {},
): RunEvent => ({
  ...{ kind: 'task-result', play: 'p', host, task: 'Pull', status, startedAt: 0, at: 20_000 },
  ...more,
})
const left = (host: string, outcome: 'ok' | 'failed' | 'unreachable'): RunEvent => ({
  ...{ kind: 'host-ended', play: 'p', host, outcome, at: 50_000 },
})
const said = (host: string, line: string, at: number): RunEvent => ({
  ...{ kind: 'output', host, task: 'Pull', stream: 'stdout', line, at },
})

function sectionOf(events: readonly RunEvent[]): Section {
  const section = newSection('Configure', 0)
  for (const event of events) follow(section, event, options)
  return section
}

/** 300 hosts: 200 done (of them 40 with changes), 2 failed, 3 at work. */
function busySection(): Section {
  const hosts = names(300)
  const done = hosts.slice(0, 202)
  return sectionOf([
    play(hosts),
    ...hosts.slice(0, 205).map((host) => slot(host)),
    ...done.map((host) => started(host, 0)),
    ...done.map((host, index) =>
      ended(host, index < 40 ? 'changed' : index < 42 ? 'failed' : 'ok', {
        detail: index === 41 ? 'no\nspace' : '',
      }),
    ),
    ...done.map((host, index) => left(host, index === 40 || index === 41 ? 'failed' : 'ok')),
    started('c203', 50_000),
    started('c204', 52_000),
    said('c203', 'layer\u001b[2J 7', 51_000),
    started('c205', -100_000),
  ])
}

test('counts of hosts add up, failures are shown at once, stragglers first, with their last line and its age', () => {
  assert.equal(formatSection(busySection(), view), [
    'Configure  1 min 00 s',
    'p: 300 hosts, 2 failed, 3 running, 95 waiting for a slot, 40 changed,',
    '160 ok, 202/1200 tasks (16 %)',
    '[c041] failed: Pull',
    '[c042] failed: Pull',
    'and 2 more lines of failures',
    'c205  Pull  2 min 40 s, 8x the median of 21 s',
    'c203  Pull  10 s | layer 7 (9 s ago)',
    'c204  Pull  8 s',
  ])
})

for (const [columns, rows] of [
  [38, 8],
  [38, 1],
  [20, 3],
  [200, 30],
] as const) {
  test(`at ${columns} columns and ${rows} rows every line fits, and there are not more`, () => {
    const lines = formatSection(busySection(), { ...view, columns, rows })
    assert.ok(lines.length <= rows + 1, String(lines.length))
    for (const line of lines) assert.ok(widthOf(line) <= columns, line)
  })
}

test('more hosts than rows are counted', () => {
  const hosts = names(1000)
  const section = sectionOf([
    play(hosts),
    ...hosts.map((host) => slot(host)),
    ...hosts.map((host) => started(host, 1)),
  ])
  const lines = formatSection(section, view)
  assert.is(lines.length, 1 + view.rows)
  assert.is(lines.at(-1), 'and 994 more')
})

test('a host that was given a slot and says nothing is seen', () => {
  const section = sectionOf([play(['c1']), slot('c1', 10_000)])
  assert.is(formatSection(section, view).at(-1), 'c1  connecting, looking  50 s')
})

test('when it is over, the same on many hosts is one line; faults that differ only by the host are the same', () => {
  const hosts = names(300)
  const section = sectionOf([
    play(hosts),
    ...hosts.slice(0, 298).map((host) => ended(host, 'changed', { message: `touch ${host}` })),
    ...hosts
      .slice(298)
      .map((host, index) =>
        ended(host, 'unreachable', { message: `cannot open SSH to ${host} (10.0.0.${index}:22): refused` }),
      ),
    ...hosts.map((host, index) => left(host, index < 298 ? 'ok' : 'unreachable')),
  ])
  section.endedAt = 60_000
  assert.equal(formatSection(section, view), [
    'Configure  300 hosts, 298 changed, 2 unreachable, 1 min 00 s',
    'changed on 298 hosts: Pull  c[001:298]',
    'unreachable on 2 hosts: Pull: cannot open SSH to c299 (10.0.0.0:22): refused',
    '    c299, c300',
  ])
})

test('failures that differ in their evidence stay apart, and are never left out for changes', () => {
  const hosts = names(120)
  const section = sectionOf(
    hosts.flatMap((host, index) => [
      { ...ended(host, 'changed'), task: `Task ${index}` } as RunEvent,
      ended(host, 'failed', { detail: `reason ${index % 3}` }),
    ]),
  )
  section.endedAt = 60_000
  const lines = formatSection(section, view)
  assert.is(lines.filter((line) => line.startsWith('failed on 40 hosts: Pull')).length, 3)
  assert.is(lines.at(-1), 'and 80 more lines in the log')
})

test('a warning is shown while it runs', () => {
  const section = sectionOf([{ kind: 'message', level: 'warning', text: 'stopping', at: 1 }])
  assert.equal(formatSection(section, view).slice(1), ['warning: stopping'])
})

test('a service that waits is shown until it is ready, since when it waits', () => {
  const waiting: RunEvent = {
    ...{ kind: 'state', subject: 'a/daemon', state: 'waiting', detail: 'for b/daemon', at: 10_000 },
  }
  const section = sectionOf([waiting, { ...waiting, detail: 'for c/daemon', at: 20_000 }])
  assert.equal(formatSection(section, view).slice(1), [
    '0 of 1 ready',
    'a/daemon: waiting (for c/daemon)  50 s',
  ])
  follow(section, { kind: 'state', subject: 'a/daemon', state: 'ready', final: true, at: 30_000 }, options)
  assert.equal(formatSection(section, view).slice(1), ['1 of 1 ready'])
})

test.run()
