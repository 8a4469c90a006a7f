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
  rescued: 0,
  ignored: 0,
  unreachable: false,
}

test('the recap has one line a host, counts in columns, the worst first', () => {
  const lines = formatRecap([clean, { ...clean, host: 'host22', ok: 12, unreachable: true }], paintOf(false))
  assert.equal(lines, [
    'host22  ok=12  changed=0   skipped=1   failed=0   ignored=0   unreachable',
    'h1      ok=3   changed=0   skipped=1   failed=0   ignored=0',
  ])
})

test('rescued tasks have a column where there are some', () => {
  assert.equal(
    formatRecap(
      [
        { ...clean, rescued: 2 },
        { ...clean, host: 'h2' },
      ],
      paintOf(false),
    ),
    [
      'h1  ok=3   changed=0   skipped=1   failed=0   rescued=2   ignored=0',
      'h2  ok=3   changed=0   skipped=1   failed=0   rescued=0   ignored=0',
    ],
  )
})

test('in the recap of hundreds of hosts those with equal counts share a line', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({
    ...clean,
    host: `h${index}`,
    failed: index === 7 ? 1 : 0,
    changed: index >= 200 ? 1000 : 0,
  }))
  assert.equal(formatRecap(many, paintOf(false)), [
    'h7                           ok=3   changed=0    skipped=1   failed=1   ignored=0',
    '100 hosts: h[200:299]        ok=3   changed=1000 skipped=1   failed=0   ignored=0',
    '199 hosts: h[0:6], h[8:199]  ok=3   changed=0    skipped=1   failed=0   ignored=0',
  ])
})

test('quiet leaves failures, warnings and the recap', () => {
  const quiet = { ...plain, verbose: true, quiet: true }
  const told = (event: RunEvent): number => formatEvent(event, quiet).length
  assert.is(told(result), 0)
  assert.is(told({ ...result, status: 'failed' }), 1)
  assert.is(told({ kind: 'phase-started', phase: 'p', at: 0 }), 0)
  assert.is(told({ kind: 'message', level: 'info', text: 't', at: 0 }), 0)
  assert.is(told({ kind: 'message', level: 'warning', text: 't', at: 0 }), 1)
  assert.is(told({ kind: 'recap', hosts: [clean], at: 0 }), 1)
})

test('-vv tells when hosts and tasks begin, and how long everything took', () => {
  const starts = { ...plain, verbose: true, starts: true }
  const where = { play: 'p', host: 'h1', at: 0 }
  assert.equal(
    [
      { kind: 'host-started', ...where } as const,
      { kind: 'task-started', task: 't', ...where } as const,
      { ...result, status: 'ok' } as const,
      { kind: 'host-ended', outcome: 'failed', ...where } as const,
    ].flatMap((event) => formatEvent(event, starts)),
    ['[h1] has a slot in: p', '[h1] begins: t', '[h1] ok: Write zoo.cfg [0.2 s]', '[h1] ended (failed): p'],
  )
})

test('what hosts say cannot disturb the screen, nor make lines that look like others', () => {
  const lines = formatEvent(
    {
      ...result,
      status: 'failed',
      task: 'a\u001b[2Jb\n[h2] ok: c',
      message: 'm\u001b]0;t\u0007',
      detail: 'x\u001b[1A\ny',
    },
    plain,
  )
  assert.equal(lines, ['[h1] failed: ab [h2] ok: c: m', '[h1]   x', '[h1]   y'])
})

test('colors only on a terminal or where they are forced, and never against NO_COLOR', () => {
  assert.is(wantsColors(true, {}), true)
  assert.is(wantsColors(false, {}), false)
  assert.is(wantsColors(true, { NO_COLOR: '1' }), false)
  assert.is(wantsColors(true, { NO_COLOR: '' }), true)
  assert.is(wantsColors(true, { TERM: 'dumb' }), false)
  assert.is(wantsColors(false, { FORCE_COLOR: '1' }), true)
  assert.is(wantsColors(true, { FORCE_COLOR: '0' }), false)
  assert.is(wantsColors(false, { FORCE_COLOR: '1', NO_COLOR: '1' }), false)
  assert.is(paintOf(true).red('x'), '\u001b[31mx\u001b[39m')
  assert.is(paintOf(false).red('x'), 'x')
})

test.run()
