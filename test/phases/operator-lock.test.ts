import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withOperatorLock, type LockOptions } from '../../src/phases/operator-lock.ts'
import { digestIdOf } from '../../src/zookeeper/identity.ts'
import { layoutOf } from '../../src/zookeeper/layout.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { MemoryZooKeeper } from '../fakes/memory-store.ts'
import { rejects } from '../support/rejects.ts'

const login = { user: 'test.operator', password: 'x' }
const layout = layoutOf('test')

function optionsOf(zookeeper: MemoryZooKeeper, who: string, clock = new ManualClock()): LockOptions {
  const id = digestIdOf(login)
  return {
    ...{
      store: zookeeper.connect([login]),
      layout,
      clock,
      waitMs: 5_000,
      signal: new AbortController().signal,
    },
    holder: { who, host: 'desk', pid: 1, command: 'kmesos deploy', since: '2026-01-01T00:00:00Z' },
    identities: { operator: id, reader: id },
  }
}

test('one hundred operators at once work one after the other', async () => {
  const zookeeper = new MemoryZooKeeper()
  let [inside, most, done] = [0, 0, 0]
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside--
    done++
  }
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => withOperatorLock(optionsOf(zookeeper, `op${index}`), work)),
  )
  assert.equal([most, done], [1, 100])
})

test('a failed piece of work frees the lock and keeps its error', async () => {
  const zookeeper = new MemoryZooKeeper()
  const options = optionsOf(zookeeper, 'ada')
  await rejects(
    withOperatorLock(options, () => Promise.reject(new Error('broken'))),
    /^broken$/,
  )
  assert.is(await options.store.read(layout.lock), undefined)
})

test('an interruption while waiting ends the wait', async () => {
  const zookeeper = new MemoryZooKeeper()
  const stop = new AbortController()
  await withOperatorLock(optionsOf(zookeeper, 'ada'), async () => {
    const waiting = rejects(
      withOperatorLock({ ...optionsOf(zookeeper, 'bob'), signal: stop.signal }, () => Promise.resolve()),
      /^stopped$/,
    )
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new Error('stopped'))
    await waiting
  })
})

test.run()
