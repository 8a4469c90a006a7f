import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatDuration } from '../../src/reporter/format-duration.ts'
import { formatEvent, type FormatOptions } from '../../src/reporter/format-event.ts'
import { formatRecap } from '../../src/reporter/format-recap.ts'
import { paintOf, wantsColors } from '../../src/reporter/paint.ts'
import type { HostRecap, RunEvent, TaskResultEvent } from '../../src/reporter/types.ts'

const plain: FormatOptions = { paint: paintOf(false), verbose: false, output: false }

const result: TaskResultEvent = {
  kind: 'task-result',
  play: 'ZooKeeper',
  host: 'h1',
  task: 'Write zoo.cfg',
  status: 'changed',
  startedAt: 1000,
  at: 1200,
}

const cases: readonly (readonly [string, RunEvent, readonly string[]])[] = [
  [
    'a change names host, task and reason',
    { ...result, message: 'content differs' },
    ['[h1] changed: Write zoo.cfg (content differs)'],
  ],
  ['a forecast says would', { ...result, forecast: true }, ['[h1] would change: Write zoo.cfg']],
  ['a slow task says how long it took', { ...result, at: 13_000 }, ['[h1] changed: Write zoo.cfg [12 s]']],
  ['what is ok is quiet', { ...result, status: 'ok' }, []],
  [
    'a failure brings its last lines, each with its host',
    { ...result, status: 'failed', message: 'exit code 1', detail: 'no space\nleft on device\n' },
    ['[h1] failed: Write zoo.cfg: exit code 1', '[h1]   no space', '[h1]   left on device'],
  ],
  [
    'a diff stands below its task',
    { ...result, diff: '--- a\n+++ b\n-x\n+y\n' },
    ['[h1] changed: Write zoo.cfg', '[h1]   --- a', '[h1]   +++ b', '[h1]   -x', '[h1]   +y'],
  ],
  [
    'a waiting service says for what',
    { kind: 'state', subject: 'keystone/daemon', state: 'waiting', detail: 'for mariadb/daemon', at: 0 },
    ['keystone/daemon: waiting (for mariadb/daemon)'],
  ],
  [
    'a change of something else names it',
    { kind: 'change', subject: 'app /kmesos/keystone', action: 'create', forecast: true, at: 0 },
    ['would create: app /kmesos/keystone'],
  ],
  ['output is quiet', { kind: 'output', host: 'h1', task: 't', stream: 'stdout', line: 'x', at: 0 }, []],
  [
    'an error brings detail and way out',
    { kind: 'error', message: 'cannot', detail: 'a\nb', hint: 'do it', exitCode: 1, at: 0 },
    ['error: cannot', '    a', '    b', 'hint: do it'],
  ],
]

for (const [name, event, lines] of cases) test(name, () => assert.equal(formatEvent(event, plain), lines))

test('verbose shows what is ok and every line of output', () => {
  const verbose = { ...plain, verbose: true }
  assert.equal(formatEvent({ ...result, status: 'ok' }, verbose), ['[h1] ok: Write zoo.cfg'])
  const output: RunEvent = { kind: 'output', host: 'h1', task: 't', stream: 'stdout', line: 'x', at: 0 }
  assert.equal(formatEvent(output, verbose), ['[h1] | x'])
})

test('durations read as people say them', () => {
  const texts = [0, 449, 9_900, 9_960, 59_400, 59_600, 185_000, 7_800_000].map(formatDuration)
  assert.equal(texts, ['0.0 s', '0.4 s', '9.9 s', '10 s', '59 s', '1 min 00 s', '3 min 05 s', '2 h 10 min'])
})

const clean: HostRecap = {
  host: 'h1',
  ok: 3,
  changed: 0,
  skipped: 1,
  failed: 0,
  ignored: 0,
  unreachable: false,
}

test('the recap has one line a host, counts in columns', () => {
  const lines = formatRecap([clean, { ...clean, host: 'host22', ok: 12, unreachable: true }], paintOf(false))
  assert.equal(lines, [
    'h1      ok=3   changed=0   skipped=1   failed=0   ignored=0',
    'host22  ok=12  changed=0   skipped=1   failed=0   ignored=0   unreachable',
  ])
})

test('the recap of hundreds of hosts lists those where something happened and counts the rest', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({
    ...clean,
    host: `h${index}`,
    failed: index === 7 ? 1 : 0,
  }))
  const lines = formatRecap(many, paintOf(false))
  assert.equal(lines.length, 2)
  assert.match(lines[0] ?? '', /^h7 .*failed=1/)
  assert.is(lines[1], 'and 299 more, all ok and unchanged')
})

test('colors only on a terminal and never against NO_COLOR', () => {
  assert.is(wantsColors(true, {}), true)
  assert.is(wantsColors(false, {}), false)
  assert.is(wantsColors(true, { NO_COLOR: '1' }), false)
  assert.is(wantsColors(true, { NO_COLOR: '' }), true)
  assert.is(wantsColors(true, { TERM: 'dumb' }), false)
  assert.is(paintOf(true).red('x'), '\u001b[31mx\u001b[39m')
  assert.is(paintOf(false).red('x'), 'x')
})

test.run()
