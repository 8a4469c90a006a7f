import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { secret, redactor } from '../../src/kernel/secret.ts'
import { fanOut } from '../../src/reporter/fan-out-reporter.ts'
import { JsonReporter } from '../../src/reporter/json-reporter.ts'
import { LineReporter } from '../../src/reporter/line-reporter.ts'
import { paintOf } from '../../src/reporter/paint.ts'
import type { RunEvent } from '../../src/reporter/types.ts'
import { ManualClock } from '../fakes/manual-clock.ts'

interface Written {
  readonly text: () => string
  readonly write: (text: string) => void
}

function writing(): Written {
  let text = ''
  return { text: () => text, write: (more) => void (text += more) }
}

const state: RunEvent = {
  kind: 'state',
  subject: 'a/daemon',
  state: 'waiting',
  detail: 'for b/daemon',
  at: 0,
}

test('the same state is told once', async () => {
  const out = writing()
  const options = { ...out, clock: new ManualClock(), paint: paintOf(false), verbose: false, output: false }
  const reporter = new LineReporter(options)
  for (const event of [state, { ...state, at: 5 }, { ...state, state: 'ready', at: 6 }])
    reporter.report(event)
  await reporter.close()
  assert.is(out.text(), 'a/daemon: waiting (for b/daemon)\na/daemon: ready (for b/daemon)\n')
})

test('a task that does not end is named again, with its last line', async () => {
  const clock = new ManualClock(0)
  // The reporter's timer keeps no process alive; this one does until the line is there.
  const alive = setInterval(() => undefined, 1000)
  let tell: (text: string) => void = () => undefined
  const told = new Promise<string>((resolve) => (tell = resolve))
  const options = { clock, paint: paintOf(false), verbose: false, output: false, stragglerMs: 5 }
  const reporter = new LineReporter({ ...options, write: (text) => tell(text) })
  reporter.report({ kind: 'task-started', play: 'p', host: 'h1', task: 'Pull the image', at: 0 })
  reporter.report({
    kind: 'output',
    host: 'h1',
    task: 'Pull the image',
    stream: 'stdout',
    line: 'layer 3',
    at: 1,
  })
  await clock.advance(12_000)
  assert.is(await told, '[h1] still at: Pull the image (12 s): layer 3 (12 s ago)\n')
  clearInterval(alive)
  await reporter.close()
})

test('JSON has one event per line', () => {
  const out = writing()
  const reporter = new JsonReporter(out.write)
  reporter.report(state)
  reporter.report({ kind: 'message', level: 'info', text: 'two\nlines', at: 1 })
  const lines = out.text().trimEnd().split('\n')
  assert.equal(
    lines.map((line) => JSON.parse(line)),
    [state, { kind: 'message', level: 'info', text: 'two\nlines', at: 1 }],
  )
})

test('secrets are masked in every text of an event, and in no word of the protocol', () => {
  const seen: RunEvent[] = []
  const keep = { report: (event: RunEvent) => void seen.push(event), close: async () => undefined }
  const redact = redactor([secret('hunter22'), secret('changed')])
  const reporter = fanOut([keep], redact)
  reporter.report({
    kind: 'task-result',
    play: 'p',
    host: 'h1',
    task: 'login hunter22',
    status: 'changed',
    diff: '+password=hunter22',
    startedAt: 0,
    at: 1,
  })
  assert.equal(seen, [
    {
      kind: 'task-result',
      play: 'p',
      host: 'h1',
      task: 'login ***',
      status: 'changed',
      diff: '+password=***',
      startedAt: 0,
      at: 1,
    },
  ])
})

test.run()
