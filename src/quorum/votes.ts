import type { Component, Member, Situation } from './types.ts'

/** Who votes, and how many votes are needed. */
export interface Votes {
  readonly list: readonly string[]
  readonly need: number
}

export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/** Votes as they are to be. Any Marathon can lead alone: ZooKeeper keeps its state. */
export function wantedVotes({ component, wanted }: Pick<Situation, 'component' | 'wanted'>): Votes {
  return { list: wanted, need: component === 'marathon' ? 1 : majorityOf(wanted.length) }
}

/** The wanted votes of those that are there: masters that are still to be made have none to give. */
export function thenVotes(situation: Situation): Votes {
  const votes = wantedVotes(situation)
  if (situation.component !== 'mesos-master') return votes
  const there = situation.members.filter((member) => member.state !== 'absent').map((member) => member.name)
  return { ...votes, list: votes.list.filter((name) => there.includes(name)) }
}

/** Votes that count at present: those that the leader was made with, else those of the member that knows most voters. */
export function presentVotes(situation: Situation): Votes {
  const { component, members } = situation
  const made = members.filter((member) => member.list.length > 0 || member.quorum !== undefined)
  const leader = members.find((member) => member.state === 'leader')
  const first = leader ?? made.toSorted((a, b) => weightOf(b, component) - weightOf(a, component))[0]
  if (first === undefined) return wantedVotes(situation)
  if (component === 'zookeeper') return { list: first.list, need: majorityOf(first.list.length) }
  const list = members.filter((member) => member.state !== 'absent').map((member) => member.name)
  return { list, need: component === 'marathon' ? 1 : (first.quorum ?? majorityOf(list.length)) }
}

function weightOf(member: Member, component: Component): number {
  return component === 'zookeeper' ? member.list.length : (member.quorum ?? 0)
}

export function serves(member: Member): boolean {
  return member.state === 'in-sync' || member.state === 'leader'
}

/** Members in sync that have a vote. */
export function votersIn(members: readonly Member[], { list }: Votes): readonly Member[] {
  return members.filter((member) => serves(member) && list.includes(member.name))
}

/** How many more may be missing; below 0 there can be no quorum. Members that are dead are missing for ever. */
export function spareOf({ list, need }: Votes, dead: readonly string[]): number {
  return list.filter((name) => !dead.includes(name)).length - need
}
