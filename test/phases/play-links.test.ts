import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mapLimit } from '../../src/kernel/pool.ts'
import { losingTransport, type Channel, type Loss } from '../support/losing-transport.ts'
import { makeFolder, outcomes, playText } from '../support/run-playbook.ts'

/** A look, then a window of changes with a registered value, a file, a failure that is ignored, then one more window. */
const play = `
- hosts: all
  tasks:
    - { name: file, copy: { dest: DIR/file, content: "one\\n" } }
    - { name: first, shell: "echo first >>DIR/log; echo a line; echo another" }
    - { name: fails, shell: "echo fails >>DIR/log; exit 3", ignore_errors: true }
    - { name: second, shell: "echo second >>DIR/log; echo out; echo err >&2", register: said }
    - { name: read, copy: { dest: DIR/said, content: "<%= said.stdout %> <%= said.stderr %>" }, notify: after }
  handlers:
    - { name: after, shell: "echo handler >>DIR/log" }
`

interface Outcome {
  readonly results: readonly string[]
  readonly files: readonly string[]
  readonly recap: unknown
  readonly channels: readonly Channel[]
}

async function played(lossOf: (channel: number) => Loss | undefined): Promise<Outcome> {
  const temporary = makeFolder()
  const transport = losingTransport(temporary.path, lossOf)
  const files: string[] = []
  const look = (folder: string): void =>
    void files.push(...['file', 'log', 'said'].map((name) => readFileSync(`${folder}/${name}`, 'utf8')))
  try {
    const run = await playText(play, { transport, look })
    return { results: outcomes(run), files, recap: run.recap.hosts, channels: transport.channels }
  } finally {
    temporary.remove()
  }
}

/** All of them, some at a time: each waits for its processes most of the while. */
async function each<T>(cases: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  for (const outcome of await mapLimit(cases, 8, work)) if (!outcome.ok) throw outcome.error
}

test('wherever a channel is lost the play comes out the same: each command runs once, each result is whole', async () => {
  const whole = await played(() => undefined)
  assert.equal(whole.files, ['one\n', 'first\nfails\nsecond\nhandler\n', 'out err'])
  assert.ok(whole.channels.filter((channel) => channel.detached).length >= 2)
  const losses = whole.channels.flatMap(({ lines }, channel) =>
    ['before' as const, ...Array.from({ length: lines }, (_, line) => line)].map((loss) => ({
      channel,
      loss,
    })),
  )
  assert.ok(losses.length > 20)
  await each(losses, async ({ channel, loss }) => {
    const { channels, ...outcome } = await played((number) => (number === channel ? loss : undefined))
    const where = `channel ${channel}, lost ${loss === 'before' ? loss : `at line ${loss}`}`
    assert.ok(channels[channel]?.cut, where)
    assert.equal({ ...outcome, channels: 0 }, { ...whole, channels: 0 }, where)
  })
})

test('two losses of the same window: the second one goes on behind what came after the first', async () => {
  const whole = await played(() => undefined)
  const acting = whole.channels.findIndex((channel) => channel.detached)
  const lines = whole.channels[acting]?.lines ?? 0
  const places = Array.from({ length: lines - 1 }, (_, line) => line + 1).filter((line) => line % 2 === 1)
  await each(places, async (line) => {
    const { channels, ...outcome } = await played((number) =>
      number === acting ? line : number === acting + 1 ? 1 : undefined,
    )
    assert.ok(channels[acting]?.cut && channels[acting + 1]?.cut, `lost at line ${line}`)
    assert.equal({ ...outcome, channels: 0 }, { ...whole, channels: 0 }, `lost at line ${line}`)
  })
})

test.run()
