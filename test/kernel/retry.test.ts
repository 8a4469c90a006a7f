import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { retry } from '../../src/kernel/retry.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { rejects } from '../support/rejects.ts'

/** A clock on which sleeping takes no time but is written down. */
function notingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = []
  return {
    slept,
    now: () => 0,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      slept.push(ms)
    },
  }
}

const failing = (times: number) => {
  let calls = 0
  return async (): Promise<number> => {
    if (++calls <= times) throw new Error(`failure ${calls}`)
    return calls
  }
}

test('tries again with growing waits until it works', async () => {
  const clock = notingClock()
  const policy = { attempts: 6, delayMs: 100, factor: 2, maxDelayMs: 500 }
  assert.is(await retry(policy, { clock }, failing(4)), 5)
  assert.equal(clock.slept, [100, 200, 400, 500])
})

test('throws the last error when the attempts are used up', async () => {
  const clock = notingClock()
  await rejects(retry({ attempts: 3, delayMs: 1 }, { clock }, failing(9)), /failure 3/)
  assert.is(clock.slept.length, 2)
})

test('does not try again what is pointless to try again', async () => {
  const clock = notingClock()
  await rejects(
    retry({ attempts: 3, delayMs: 1 }, { clock, retryable: () => false }, failing(9)),
    /failure 1/,
  )
  assert.equal(clock.slept, [])
})

test('an aborted signal ends the waiting', async () => {
  const clock = notingClock()
  const signal = AbortSignal.abort(new Error('stopped'))
  await rejects(retry({ attempts: 3, delayMs: 1 }, { clock, signal }, failing(9)), /stopped/)
})

test.run()
