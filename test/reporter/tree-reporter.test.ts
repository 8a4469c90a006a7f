import { Writable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { paintOf } from '../../src/reporter/paint.ts'
import { TreeReporter } from '../../src/reporter/tree-reporter.ts'
import type { RunEvent } from '../../src/reporter/types.ts'
import { ManualClock } from '../fakes/manual-clock.ts'

/** A terminal of 80 x 24 that remembers everything written to it. */
function fakeTerminal(): { readonly stream: NodeJS.WriteStream; readonly text: () => string } {
  let text = ''
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString('utf8')
      done()
    },
  })
  Object.assign(stream, { isTTY: true, columns: 80, rows: 24 })
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text }
}

async function draw(events: readonly RunEvent[]): Promise<readonly string[]> {
  const terminal = fakeTerminal()
  const options = { paint: paintOf(false), verbose: false, output: false, clock: new ManualClock(5_000) }
  const reporter = new TreeReporter({ ...options, terminal: terminal.stream })
  for (const event of events) reporter.report(event)
  await reporter.close()
  const shown = terminal.text().replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '\n')
  return shown.split('\n').map((line) => line.trimEnd())
}

/** Where each text stands for the last time; -1 when it is not there. */
function places(lines: readonly string[], texts: readonly string[]): readonly number[] {
  return texts.map((text) => lines.findLastIndex((line) => line.includes(text)))
}

test('phases are drawn one after another with what remains of them, and the recap last', async () => {
  const lines = await draw([
    { kind: 'phase-started', phase: 'Load', at: 0 },
    { kind: 'phase-ended', phase: 'Load', at: 100, outcome: 'ok' },
    { kind: 'phase-started', phase: 'Configure', at: 100 },
    { kind: 'play-started', play: 'p', hosts: ['h1'], tasks: 1, at: 100 },
    { kind: 'host-started', play: 'p', host: 'h1', at: 101 },
    {
      kind: 'task-result',
      play: 'p',
      host: 'h1',
      task: 'Pull',
      status: 'failed',
      message: 'no image',
      startedAt: 1,
      at: 2,
    },
    { kind: 'host-ended', play: 'p', host: 'h1', outcome: 'failed', at: 102 },
    { kind: 'phase-ended', phase: 'Configure', at: 4_000, outcome: 'failed' },
    {
      kind: 'recap',
      hosts: [
        { host: 'h1', ok: 0, changed: 0, skipped: 0, failed: 1, rescued: 0, ignored: 0, unreachable: false },
      ],
      at: 4_000,
    },
    { kind: 'message', level: 'info', text: 'the end', at: 4_000 },
  ])
  const found = places(lines, [
    'Load  0.1 s',
    'Configure  1 host, 1 failed, 3.9 s',
    '[h1] failed: Pull: no image',
    'h1  ok=0',
    'the end',
  ])
  assert.not.ok(found.includes(-1), found.join())
  assert.equal(
    [...found].sort((a, b) => a - b),
    found,
  )
})

test('a run that is cut short closes its open phase', async () => {
  const lines = await draw([{ kind: 'phase-started', phase: 'Wait', at: 0 }])
  assert.not.equal(places(lines, ['Wait  5.0 s']), [-1])
})

const play = (name: string): readonly RunEvent[] => [
  { kind: 'play-started', play: name, hosts: ['h1'], at: 0 },
  { kind: 'host-started', play: name, host: 'h1', at: 0 },
  { kind: 'task-result', play: name, host: 'h1', task: 'ping', status: 'changed', startedAt: 1, at: 2 },
  { kind: 'host-ended', play: name, host: 'h1', outcome: 'ok', at: 2 },
  { kind: 'play-ended', play: name, at: 3 },
]

test('each play outside of any phase has a section of its own', async () => {
  const lines = await draw([...play('First'), ...play('Second')])
  const found = places(lines, ['First  1 host, 1 changed', '[h1] changed: ping', 'Second  1 host, 1 changed'])
  assert.not.ok(found.includes(-1), lines.join('\n'))
})

test('a question gets the screen to itself, and what comes after is drawn again', async () => {
  const terminal = fakeTerminal()
  const options = { paint: paintOf(false), verbose: false, output: false, clock: new ManualClock(5_000) }
  const reporter = new TreeReporter({ ...options, terminal: terminal.stream })
  reporter.report({ kind: 'phase-started', phase: 'Connect', at: 0 })
  await new Promise((resolve) => setImmediate(resolve))
  const before = terminal.text().length
  const answer = await reporter.hold(() => {
    assert.match(terminal.text().slice(before), /\u001b\[J\u001b\[\?25h$/)
    return Promise.resolve('secret')
  })
  assert.is(answer, 'secret')
  assert.match(terminal.text().slice(before), /Connect/)
  await reporter.close()
  assert.match(terminal.text(), /\u001b\[\?25h$/)
})

test('a terminal of another encoding gets ASCII only', async () => {
  const terminal = fakeTerminal()
  const options = { paint: paintOf(false), verbose: false, output: false, clock: new ManualClock(5_000) }
  const reporter = new TreeReporter({ ...options, terminal: terminal.stream, unicode: false })
  reporter.report({ kind: 'phase-started', phase: 'Größe', at: 0 })
  reporter.report({ kind: 'phase-ended', phase: 'Größe', at: 9, outcome: 'ok' })
  await reporter.close()
  assert.match(terminal.text(), /\+ Gr\?\?e/)
  assert.not.match(terminal.text(), /[^\u0000-\u007e]/)
})

test.run()
