import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DetachedRun } from '../../src/connection/detached-run.ts'
import { fuzzSeed } from '../support/fuzz-seed.ts'

/** Cuts bytes into pieces at the given places. */
function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end))
}

function send(
  run: DetachedRun,
  channel: number,
  streams: { stdout: readonly Buffer[]; stderr: Buffer },
): void {
  for (const piece of streams.stdout) run.push(channel, 'stdout', piece)
  run.push(channel, 'stderr', streams.stderr)
}

test('content arrives whole however the bytes are cut, and a lost channel is gone on behind the last of them', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const cuts = fc.array(fc.nat(1000), { maxLength: 6 })
  fc.assert(
    fc.property(bytes, cuts, cuts, fc.nat(1000), (content, cutsBefore, cutsAfter, lostAt) => {
      const run = new DetachedRun()
      const { token } = run.name
      const before = Buffer.from(`banner of a shell\n${token} begun \n`)
      const end = Buffer.from(`${token} end 7 \nlate words of a child\n`)
      const first = Buffer.concat([before, content, end])
      const lost = first.subarray(0, lostAt % (first.length + 1))
      send(run, run.opened(undefined), { stdout: pieces(lost, cutsBefore), stderr: Buffer.alloc(0) })
      const rest = Buffer.concat([before, content.subarray(run.arrived.stdout), end])
      send(run, run.opened(undefined), {
        stdout: pieces(rest, cutsAfter),
        stderr: Buffer.from(`${token} begun \n${token} end 7 \n`),
      })
      assert.is(run.state, 'ended')
      assert.is(run.exitCode, 7)
      assert.ok(run.output('stdout').equals(Buffer.from(content)))
    }),
    { numRuns: 2000, seed: fuzzSeed('detached runs', 2000) },
  )
})

test('what an earlier channel still brings does not count', () => {
  const run = new DetachedRun()
  const first = run.opened(undefined)
  run.push(first, 'stdout', Buffer.from(`${run.name.token} begun \nab`))
  run.opened(undefined)
  run.push(first, 'stdout', Buffer.from('cd'))
  assert.is(run.output('stdout').toString(), 'ab')
})

test('lines are told once each, also one that was cut in two by the loss', () => {
  const run = new DetachedRun()
  const lines: string[] = []
  const onLine = (line: string): void => void lines.push(line)
  run.push(run.opened(onLine), 'stdout', Buffer.from(`${run.name.token} begun \none\ntw`))
  run.push(run.opened(onLine), 'stdout', Buffer.from(`${run.name.token} begun \no\nlast`))
  run.finish()
  assert.equal(lines, ['one', 'two', 'last'])
})

test('a word of another run is content', () => {
  const run = new DetachedRun()
  const channel = run.opened(undefined)
  run.push(channel, 'stdout', Buffer.from(`${run.name.token} begun \nkm-other end 0 \n`))
  assert.is(run.output('stdout').toString(), 'km-other end 0 \n')
  assert.is(run.state, 'begun')
})

test.run()
