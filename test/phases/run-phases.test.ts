import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkPhase, phase, type Change, type Phase } from '../../src/phases/phase.ts'
import { runPhases, type RunOptions } from '../../src/phases/run-phases.ts'
import type { RunEvent } from '../../src/reporter/types.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { rejects } from '../support/rejects.ts'

function optionsOf(rest: Partial<RunOptions> = {}): RunOptions & { readonly events: RunEvent[] } {
  const events: RunEvent[] = []
  const reporter = { report: (event: RunEvent) => void events.push(event), close: () => Promise.resolve() }
  const signal = new AbortController().signal
  return { check: false, diff: false, reporter, clock: new ManualClock(), signal, ...rest, events }
}

/** Brings a list of words to what is wanted. */
function wordsPhase(wanted: readonly string[], present: string[]): Phase {
  return phase<readonly string[], Change>({
    title: 'Write the words',
    observe: async () => [...present],
    plan: (seen) =>
      wanted
        .filter((word) => !seen.includes(word))
        .map((subject) => ({ subject, action: 'create', diff: `+${subject}` })),
    apply: async (changes) => void present.push(...changes.map((change) => change.subject)),
    settle: async () => `${present.length} words`,
  })
}

test('an empty plan and "nothing was changed" are the same, for any state', async () => {
  for (const present of [[], ['a'], ['a', 'b'], ['b', 'c']]) {
    const before = [...present]
    const planned = await runPhases([wordsPhase(['a', 'b'], present)], optionsOf({ check: true }))
    assert.equal(present, before)
    const done = await runPhases([wordsPhase(['a', 'b'], present)], optionsOf())
    assert.equal(planned.changes, done.changes)
    assert.is(done.changes.length === 0, before.join() === present.join())
    assert.equal((await runPhases([wordsPhase(['a', 'b'], present)], optionsOf())).changes, [])
  }
})

test('contents are shown only when they are asked for, and forecasts are marked', async () => {
  const changesOf = (events: readonly RunEvent[]): readonly RunEvent[] =>
    events.filter((event) => event.kind === 'change')
  const plain = optionsOf({ check: true })
  await runPhases([wordsPhase(['a'], [])], plain)
  assert.is((changesOf(plain.events)[0] as { diff?: string }).diff, undefined)
  assert.is((changesOf(plain.events)[0] as { forecast?: boolean }).forecast, true)
  const withDiff = optionsOf({ diff: true })
  await runPhases([wordsPhase(['a'], [])], withDiff)
  assert.is((changesOf(withDiff.events)[0] as { diff?: string }).diff, '+a')
})

test('a phase that fails is told as failed and ends the run', async () => {
  const options = optionsOf()
  const failing = checkPhase('Look', () => Promise.reject(new Error('no')))
  const present: string[] = []
  await rejects(runPhases([failing, wordsPhase(['a'], present)], options), /^no$/)
  assert.equal(present, [])
  assert.equal(
    options.events.map((event) => (event.kind === 'phase-ended' ? event.outcome : event.kind)),
    ['phase-started', 'failed'],
  )
})

test.run()
