import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Component } from '../../src/quorum/types.ts'
import { decide, explore, isStep, runToEnd, worldsOf } from './explore-quorum.ts'
import { done, inSync, nothing, settle, type Box, type World } from './simulated-quorum.ts'

/**
 * All small quorums are walked through: every start, every wanted change, a run that is killed in the middle of any step,
 * and a host that goes down (with a write that only the smallest majority holds) or comes back between any two.
 */
const names = ['m1', 'm2', 'm3', 'm4', 'm5'] as const

const some = (count: number): readonly string[] => names.slice(0, count)
const components: readonly Component[] = ['zookeeper', 'mesos-master', 'marathon']

for (const component of components) {
  for (const size of [1, 2, 3, 4, 5]) {
    test(`${component}: settings of ${size} members change, whatever state they are in`, () => {
      const start = { component, from: some(size), wanted: some(size), old: true }
      const { states, ends } = explore(worldsOf(start), size === 5 ? 0 : 1)
      assert.ok(states > size)
      assert.ok(ends.has('nothing'))
    })
  }
  for (const size of [1, 3, 5]) {
    test(`${component}: ${size} members that never stood start together`, () => {
      const boxes = new Map(some(size).map((name): [string, Box] => [name, nothing]))
      const world: World = { component, boxes, wanted: some(size), dead: [], leader: undefined }
      const next = decide(world)
      assert.is(next.do, 'create')
      assert.equal(isStep(next) && next.members, some(size))
      assert.is(runToEnd(world).end.do, 'nothing')
      assert.ok(explore([world], 1).ends.has('nothing'))
    })
  }
  for (const size of [3, 5]) {
    test(`${component}: ${size} stopped members start together`, () => {
      const start = { component, from: some(size), wanted: some(size), old: false }
      const stopped = worldsOf(start).filter((world) =>
        [...world.boxes.values()].every((box) => box.box === 'stopped'),
      )
      assert.is(stopped.length, 1)
      const next = decide(stopped[0] as World)
      assert.equal(isStep(next) && next.members, some(size))
    })
  }
}

const sizes: readonly (readonly [Component, number, number, string])[] = [
  ['zookeeper', 1, 3, 'nothing'],
  ['zookeeper', 1, 5, 'nothing'],
  ['zookeeper', 1, 2, 'nothing'],
  ['zookeeper', 2, 3, 'nothing'],
  ['zookeeper', 3, 4, 'nothing'],
  ['zookeeper', 4, 5, 'nothing'],
  ['zookeeper', 5, 4, 'nothing'],
  ['zookeeper', 4, 3, 'nothing'],
  ['zookeeper', 3, 2, 'nothing'],
  ['zookeeper', 2, 1, 'nothing'],
  ['zookeeper', 3, 5, 'refuse'],
  ['zookeeper', 5, 3, 'refuse'],
  ['zookeeper', 3, 1, 'refuse'],
  ['mesos-master', 3, 5, 'nothing'],
  ['mesos-master', 5, 3, 'nothing'],
  ['mesos-master', 3, 4, 'nothing'],
  ['mesos-master', 1, 3, 'refuse'],
  ['mesos-master', 3, 1, 'refuse'],
  ['marathon', 1, 3, 'nothing'],
  ['marathon', 5, 1, 'nothing'],
]

for (const [component, from, to, end] of sizes) {
  test(`${component}: from ${from} to ${to} members`, () => {
    const worlds = worldsOf({ component, from: some(from), wanted: some(to), old: false })
    const well = worlds.find(
      (world) =>
        [...world.boxes.values()].every(
          (box) => box.up && (box.box === 'running' || box.list.length === 0),
        ) && inSync(world).length === from,
    )
    assert.ok(well)
    assert.is(runToEnd(well).end.do, end)
    explore(worlds, from + to > 7 ? 0 : 1)
  })
}

for (const [size, dead] of [
  [3, ['m3']],
  [5, ['m5']],
  [5, ['m4', 'm5']],
] as const) {
  test(`zookeeper: ${dead.length} of ${size} members declared dead: the others change, and are fewer afterwards`, () => {
    const start = { component: 'zookeeper', from: some(size), wanted: some(size), old: true, dead } as const
    const { ends } = explore(worldsOf(start), size === 5 ? 0 : 1)
    assert.ok(ends.has('nothing'))
    const fewer = { ...start, old: false, wanted: some(size - 1) }
    assert.ok(explore(worldsOf(fewer), size === 5 ? 0 : 1).ends.has('nothing'))
  })
}

test('three of five dead: there is no majority to be had, and it says so', () => {
  const dead = ['m3', 'm4', 'm5']
  const worlds = worldsOf({ component: 'zookeeper', from: some(5), wanted: some(5), old: true, dead })
  for (const world of worlds) {
    // Where the living hold nothing, there is nothing to lose.
    if (some(2).every((name) => world.boxes.get(name)?.data === 0)) continue
    const next = decide(world)
    assert.ok(next.do === 'refuse')
    assert.match(next.message, /^[012] of 5 members of zookeeper can be started, 3 needed$/)
  }
})

test('the leader is changed last', () => {
  for (const component of components) {
    const worlds = worldsOf({ component, from: some(3), wanted: some(3), old: true })
    let world = worlds[0] as World
    const leader = world.leader
    const order: string[] = []
    for (let next = decide(world); isStep(next); next = decide(world)) {
      order.push(...next.members)
      world = settle(done(world, next))
    }
    assert.is(order.length, 3)
    assert.is(order.at(-1), leader)
  }
})

test.run()
