import type { Component, Member, Situation, Step } from '../../src/quorum/types.ts'
import { majorityOf } from '../../src/quorum/votes.ts'

/** One member as it really is. */
export interface Box {
  readonly up: boolean
  readonly box: 'none' | 'stopped' | 'running'
  /** Voters it was made with (ZooKeeper). */
  readonly list: readonly string[]
  /** Votes it was told to need (Mesos). */
  readonly quorum: number
  /** Made with settings that are not wanted any more. */
  readonly old: boolean
  /** Number of the newest write that it holds; 0 holds nothing. */
  readonly data: number
}

export interface World {
  readonly component: Component
  readonly boxes: ReadonlyMap<string, Box>
  readonly wanted: readonly string[]
  readonly dead: readonly string[]
  readonly leader: string | undefined
}

export const nothing: Box = { up: true, box: 'none', list: [], quorum: 0, old: false, data: 0 }

export function withBox(world: World, name: string, change: Partial<Box>): World {
  const boxes = new Map(world.boxes)
  boxes.set(name, { ...(boxes.get(name) ?? nothing), ...change })
  return { ...world, boxes }
}

function alone(box: Box): boolean {
  return box.list.length === 1
}

function runs(box: Box | undefined): box is Box {
  return box !== undefined && box.up && box.box === 'running'
}

/** Members that could follow `name` at this moment, itself among them. */
function followersOf({ component, boxes }: World, name: string): readonly string[] {
  const own = boxes.get(name)
  if (!runs(own)) return []
  return [...boxes]
    .filter(([other, box]) => {
      if (!runs(box)) return false
      if (component !== 'zookeeper') return true
      if (!own.list.includes(other)) return false
      return other === name || (!alone(box) && !alone(own) && box.list.includes(name) && box.data <= own.data)
    })
    .map(([other]) => other)
}

function needOf({ component, boxes }: World, name: string): number {
  const box = boxes.get(name)
  if (component === 'marathon') return 1
  if (component === 'mesos-master') return box?.quorum ?? 1
  return majorityOf(box?.list.length ?? 1)
}

function canLead(world: World, name: string): boolean {
  return followersOf(world, name).length >= needOf(world, name)
}

/** Members that are part of the leader's quorum. */
export function inSync(world: World): readonly string[] {
  const { leader, boxes, component } = world
  if (leader === undefined) return []
  const own = boxes.get(leader)
  return [...boxes]
    .filter(([name, box]) => {
      if (!runs(box)) return false
      if (name === leader || component !== 'zookeeper') return true
      return own !== undefined && !alone(own) && !alone(box) && box.list.includes(leader)
    })
    .map(([name]) => name)
}

/** Lets time pass: a leader stays or is elected, those that can come in sync do, and a write reaches all of them. */
export function settle(world: World): World {
  const stays = world.leader !== undefined && canLead(world, world.leader)
  const leader = stays
    ? world.leader
    : [...world.boxes.keys()]
        .filter((name) => canLead(world, name))
        .sort((a, b) => (world.boxes.get(b)?.data ?? 0) - (world.boxes.get(a)?.data ?? 0))[0]
  const led = { ...world, leader }
  const synced = inSync(led)
  const newest = Math.max(0, ...[...world.boxes.values()].map((box) => box.data))
  // One number is enough to tell who has all from who lags: it is bounded, so that states meet again.
  return synced.reduce((all, name) => withBox(all, name, { data: Math.max(newest, 1) }), led)
}

/** Before the others have it, a write is acknowledged that only this smallest majority holds. */
export function writeTo(world: World, holders: readonly string[]): World {
  const newest = Math.max(...[...world.boxes.values()].map((box) => box.data))
  if (newest > 1) return world
  return holders.reduce((all, name) => withBox(all, name, { data: newest + 1 }), world)
}

/** All sets of this size. */
export function subsets<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]]
  return items.flatMap((item, index) =>
    subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]),
  )
}

/** Smallest sets of members whose acknowledgement is enough for the leader, itself among them. */
export function smallestMajorities(world: World): readonly (readonly string[])[] {
  const { leader, boxes } = world
  if (leader === undefined) return []
  const list = boxes.get(leader)?.list ?? []
  const others = inSync(world).filter((name) => name !== leader && list.includes(name))
  return subsets(others, needOf(world, leader) - 1).map((rest) => [leader, ...rest])
}

export function observe(world: World, waited: boolean): Situation {
  const synced = new Set(inSync(world))
  const wantedQuorum = majorityOf(world.wanted.length)
  const members = [...world.boxes].map(([name, box]): Member => {
    const isWanted = world.wanted.includes(name)
    const { component } = world
    const listOff =
      component === 'zookeeper'
        ? box.list.length !== world.wanted.length || box.list.some((each) => !world.wanted.includes(each))
        : component === 'mesos-master' && box.quorum !== wantedQuorum
    const made = box.box !== 'none' && box.up
    return {
      name,
      state: stateOf(box, { isLeader: world.leader === name, isSynced: synced.has(name) }),
      hasData: !box.up || box.data > 0,
      list: made && component === 'zookeeper' ? box.list : [],
      ...(made && component === 'mesos-master' ? { quorum: box.quorum } : {}),
      differs: isWanted && box.up && (box.box !== 'running' || box.old || listOff),
    }
  })
  return { component: world.component, members, wanted: world.wanted, dead: world.dead, waited }
}

function stateOf(
  box: Box,
  seen: { readonly isLeader: boolean; readonly isSynced: boolean },
): Member['state'] {
  if (!box.up) return 'unreachable'
  if (box.box === 'none') return box.data > 0 ? 'stopped' : 'absent'
  if (box.box === 'stopped') return 'stopped'
  return seen.isLeader ? 'leader' : seen.isSynced ? 'in-sync' : 'running'
}

/** The members of a step are taken away: what a run that is killed just then leaves behind. */
export function takenAway(world: World, { members }: Step): World {
  return members.reduce((all, name) => withBox(all, name, { box: 'none', list: [], quorum: 0 }), world)
}

/** The step done: members made as they are wanted. */
export function done(world: World, step: Step): World {
  const made =
    step.do === 'remove'
      ? ({ box: 'none', list: [], quorum: 0, data: 0 } as const)
      : ({
          box: 'running',
          list: world.component === 'zookeeper' ? world.wanted : [],
          quorum: majorityOf(world.wanted.length),
          old: false,
        } as const)
  return step.members.reduce((all, name) => withBox(all, name, made), world)
}

/** Whether writes that were acknowledged could be forgotten, or two quorums serve at once, whoever of those that exist meets whom. */
export function hazard(world: World): string | undefined {
  const there = [...world.boxes].filter(([name, box]) => box.box !== 'none' && !world.dead.includes(name))
  if (world.component === 'marathon') return undefined
  if (world.component === 'mesos-master') {
    const least = Math.min(...there.map(([, box]) => box.quorum))
    return there.length > 2 * least - 1 ? `${there.length} masters with quorum ${least}` : undefined
  }
  // What only the dead hold is lost whatever is done.
  const living = [...world.boxes].filter(([name]) => !world.dead.includes(name))
  const newest = Math.max(...living.map(([, box]) => box.data))
  for (const [name, box] of there) {
    const could = there.filter(([other, each]) => mayFollow([name, box], [other, each]))
    if (could.length < majorityOf(box.list.length)) continue
    if (box.data < newest) return `${name} could lead without the newest writes`
    for (const [other, each] of there) {
      if (other <= name) continue
      const theirs = there
        .filter(([third, its]) => mayFollow([other, each], [third, its]))
        .map(([third]) => third)
      const ours = could.map(([third]) => third)
      const [a, b] = [ours.filter((third) => third !== other), theirs.filter((third) => third !== name)]
      const [m, n] = [majorityOf(box.list.length), majorityOf(each.list.length)]
      if (a.length >= m && b.length >= n && new Set([...a, ...b]).size >= m + n)
        return `${name} and ${other} could both lead`
    }
  }
  return undefined
}

function mayFollow([name, box]: readonly [string, Box], [other, each]: readonly [string, Box]): boolean {
  if (!box.list.includes(other)) return false
  return other === name || (!alone(box) && !alone(each) && each.data <= box.data)
}
