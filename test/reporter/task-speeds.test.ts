import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TaskSpeeds } from '../../src/reporter/task-speeds.ts'

function speedsOf(times: readonly number[]): TaskSpeeds {
  const speeds = new TaskSpeeds()
  for (const ms of times) speeds.add('pull', ms)
  return speeds
}

test('a host much slower than the median of the others is a straggler, with that median', () => {
  const speeds = speedsOf([19_000, 20_000, 21_000, 300_000])
  const median = speeds.medianBehind('pull', 90_000)
  assert.ok(median !== undefined && median > 17_000 && median < 24_000, String(median))
  assert.is(speeds.medianBehind('pull', 40_000), undefined)
})

test('nobody is a straggler before some are done, in the first seconds, or at another task', () => {
  assert.is(speedsOf([100, 100]).medianBehind('pull', 60_000), undefined)
  assert.is(speedsOf([100, 100, 100]).medianBehind('pull', 4_000), undefined)
  assert.is(speedsOf([100, 100, 100]).medianBehind('push', 60_000), undefined)
  assert.ok(speedsOf([100, 100, 100]).medianBehind('pull', 6_000) !== undefined)
})

test('times of no length and of days are taken', () => {
  const speeds = speedsOf([0, -5, 0.2, 1e9, 1e12])
  assert.is(speeds.medianBehind('pull', 1e13) !== undefined, true)
})

test.run()
