import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Limiter, mapLimit, mapLimitOrThrow } from '../../src/kernel/pool.ts'
import { rejects } from '../support/rejects.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('never runs more than the limit at once and keeps the order of the results', async () => {
  let now = 0
  let peak = 0
  const outcomes = await mapLimit([5, 1, 3, 2, 4], 2, async (item) => {
    peak = Math.max(peak, ++now)
    for (let i = 0; i < item; i++) await turn()
    now--
    return item * 10
  })
  assert.is(peak, 2)
  assert.equal(
    outcomes.map((outcome) => outcome.ok && outcome.value),
    [50, 10, 30, 20, 40],
  )
})

test('one failure hides no other item', async () => {
  const outcomes = await mapLimit(['a', 'b', 'c'], 1, async (item) => {
    await turn()
    if (item === 'b') throw new Error('no b')
    return item
  })
  assert.equal(
    outcomes.map((outcome) => outcome.ok),
    [true, false, true],
  )
  assert.is(outcomes[1]?.ok === false && (outcomes[1].error as Error).message, 'no b')
})

test('an aborted signal keeps further items from being started', async () => {
  const aborter = new AbortController()
  const started: number[] = []
  const outcomes = await mapLimit(
    [1, 2, 3],
    1,
    async (item) => {
      started.push(item)
      await turn()
      aborter.abort(new Error('stop'))
    },
    aborter.signal,
  )
  assert.equal(started, [1])
  assert.equal(
    outcomes.map((outcome) => outcome.ok),
    [true, false, false],
  )
})

test('mapLimitOrThrow waits for all and throws the first error', async () => {
  const ended: number[] = []
  const work = async (item: number): Promise<number> => {
    await turn()
    ended.push(item)
    if (item === 1) throw new Error('first')
    return item
  }
  await rejects(mapLimitOrThrow([1, 2, 3], 2, work), /first/)
  assert.equal(ended.sort(), [1, 2, 3])
})

test('a limiter hands its place to the next in line, also after a failure', async () => {
  const limiter = new Limiter(1)
  const order: string[] = []
  const first = limiter.run(async () => {
    await turn()
    order.push('first')
    throw new Error('failed')
  })
  const second = limiter.run(async () => {
    await turn()
    order.push('second')
  })
  const third = limiter.run(async () => {
    await turn()
    order.push('third')
  })
  await rejects(first, /failed/)
  await Promise.all([second, third])
  assert.equal(order, ['first', 'second', 'third'])
})

test.run()
