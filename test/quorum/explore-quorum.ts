import * as assert from 'uvu/assert'
import { nextStep } from '../../src/quorum/next-step.ts'
import type { Component, Next, Step } from '../../src/quorum/types.ts'
import { majorityOf } from '../../src/quorum/votes.ts'
import {
  done,
  hazard,
  inSync,
  nothing,
  observe,
  settle,
  smallestMajorities,
  takenAway,
  withBox,
  writeTo,
  type Box,
  type World,
} from './simulated-quorum.ts'

type Condition = 'well' | 'stopped' | 'down' | 'lost'
const conditions: readonly Condition[] = ['well', 'stopped', 'down', 'lost']

export interface Start {
  readonly component: Component
  readonly from: readonly string[]
  readonly wanted: readonly string[]
  readonly old: boolean
  readonly dead?: readonly string[]
}

function product<T>(values: readonly T[], length: number): readonly (readonly T[])[] {
  if (length === 0) return [[]]
  return product(values, length - 1).flatMap((rest) => values.map((value) => [value, ...rest]))
}

function boxOf(condition: Condition, { component, from, old }: Start): Box {
  const made = { list: component === 'zookeeper' ? from : [], quorum: majorityOf(from.length), old, data: 1 }
  switch (condition) {
    case 'well':
      return { ...nothing, ...made, box: 'running' }
    case 'stopped':
      return { ...nothing, ...made, box: 'stopped' }
    case 'down':
      return { ...nothing, ...made, box: 'running', up: false }
    case 'lost':
      return nothing
  }
}

export function worldsOf(start: Start): readonly World[] {
  const { component, from, wanted, dead = [] } = start
  const all = [...new Set([...from, ...wanted])]
  return product(conditions, from.length).map((each) => {
    const boxes = new Map(all.map((name): [string, Box] => [name, nothing]))
    for (const [index, name] of from.entries()) boxes.set(name, boxOf(each[index] ?? 'lost', start))
    for (const name of dead) boxes.set(name, { ...boxOf('down', start), up: false })
    return settle({ component, boxes, wanted, dead, leader: undefined })
  })
}

/** The planner's word, after those that run have had their time where it asks for that. */
export function decide(world: World): Next {
  const next = nextStep(observe(world, false))
  return next.do === 'wait' ? nextStep(observe(world, true)) : next
}

export function isStep(next: Next): next is Step {
  return next.do !== 'nothing' && next.do !== 'wait' && next.do !== 'refuse'
}

function keyOf(world: World, left: number): string {
  return `${left} ${world.leader ?? ''} ${JSON.stringify([...world.boxes.values()])}`
}

function told(world: World, next: Next): string {
  const boxes = [...world.boxes].map(([name, box]) => `${name} ${JSON.stringify(box)}`).join('\n')
  return `${JSON.stringify(next)}\nwanted ${world.wanted.join()} leader ${world.leader}\n${boxes}`
}

/** What a step leads to: done, or left in the middle by a killed run. Asserts what must hold on the way. */
function after(world: World, step: Step): readonly World[] {
  const before = hazard(world)
  const gone = settle(takenAway(world, step))
  const middle = { ...gone, boxes: gone.boxes }
  if (world.leader !== undefined && !step.stops)
    assert.ok(middle.leader !== undefined, `majority lost: ${told(world, step)}`)
  const made = done(world, step)
  for (const each of [takenAway(world, step), made])
    assert.is(before ?? hazard(each), before, `${hazard(each)}: ${told(world, step)}`)
  return [middle, settle(made), settle(done(middle, step))]
}

/** What bad luck leads to: a host goes down, or a write that is on a majority only and then a host goes down. */
function unlucky(world: World): readonly World[] {
  const writes = [world, ...smallestMajorities(world).map((holders) => writeTo(world, holders))]
  return writes.flatMap((each) =>
    [...each.boxes].filter(([, box]) => box.up).map(([name]) => settle(withBox(each, name, { up: false }))),
  )
}

function revived(world: World): World {
  return settle(
    [...world.boxes.keys()]
      .filter((name) => !world.dead.includes(name))
      .reduce((all, name) => withBox(all, name, { up: true }), world),
  )
}

/** Runs until nothing is to do or it is refused, without bad luck. */
export function runToEnd(world: World): { readonly end: Next; readonly world: World } {
  let at = world
  for (let count = 0; count < 40; count++) {
    const next = decide(at)
    if (!isStep(next)) return { end: next, world: at }
    at = settle(done(at, next))
  }
  throw new Error(`does not end: ${told(at, decide(at))}`)
}

export function explore(
  starts: readonly World[],
  badLuck: number,
): { readonly states: number; readonly ends: Set<string> } {
  const seen = new Set<string>()
  const ends = new Set<string>()
  const queue = starts.map((world) => ({ world, left: badLuck }))
  for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
    const { world, left } = item
    const key = keyOf(world, left)
    if (seen.has(key)) continue
    seen.add(key)
    const next = decide(world)
    if (isStep(next)) queue.push(...after(world, next).map((each) => ({ world: each, left })))
    if (next.do === 'nothing') assertWanted(world, next)
    if (next.do === 'refuse') assert.match(next.message, /\S.*\S/)
    ends.add(next.do)
    runToEnd(world)
    if (left > 0) queue.push(...unlucky(world).map((each) => ({ world: each, left: left - 1 })))
    const back = revived(world)
    if (keyOf(back, left) !== key) queue.push({ world: back, left })
  }
  return { states: seen.size, ends }
}

function assertWanted(world: World, next: Next): void {
  const synced = inSync(world)
  for (const name of world.wanted) {
    // Whoever cannot be reached is told by whoever dials it.
    if (world.dead.includes(name) || world.boxes.get(name)?.up === false) continue
    assert.ok(synced.includes(name), `${name} is not in sync at the end: ${told(world, next)}`)
    assert.is(world.boxes.get(name)?.old, false, `${name} was not changed: ${told(world, next)}`)
  }
}
