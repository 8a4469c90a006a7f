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
    { kind: 'phase-ended', phase: 'Configure', at: 4_000, outcome: 'failed' },
    {
      kind: 'recap',
      hosts: [{ host: 'h1', ok: 0, changed: 0, skipped: 0, failed: 1, ignored: 0, unreachable: false }],
      at: 4_000,
    },
    { kind: 'message', level: 'info', text: 'the end', at: 4_000 },
  ])
  const found = places(lines, [
    'Load  0.1 s',
    'Configure  1 failed, 3.9 s',
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

test('a play outside of any phase has a section of its own', async () => {
  const lines = await draw([
    { kind: 'play-started', play: 'Ping', hosts: ['h1'], at: 0 },
    { kind: 'task-result', play: 'Ping', host: 'h1', task: 'ping', status: 'changed', startedAt: 1, at: 2 },
    { kind: 'play-ended', play: 'Ping', at: 3 },
  ])
  assert.not.ok(places(lines, ['Ping  1 changed', '[h1] changed: ping']).includes(-1))
})

test.run()
