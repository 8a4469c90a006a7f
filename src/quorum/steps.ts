import { tooFew } from './refusals.ts'
import type { Act, Member, Next, Situation, Step } from './types.ts'
import { serves, spareOf, thenVotes, votersIn, type Votes } from './votes.ts'

export function step(act: Act, members: readonly Member[]): Step {
  const until = act === 'remove' ? 'gone' : 'in-sync'
  return { do: act, members: members.map((member) => member.name), until, stops: false }
}

export function wait(members: readonly Member[]): Next {
  return { do: 'wait', members: members.map((member) => member.name) }
}

/** One that differs, the leader last. */
export function changeOne(situation: Situation, present: Votes): Next | undefined {
  const { members, wanted, dead } = situation
  const differing = members.filter(
    (member) =>
      wanted.includes(member.name) && !dead.includes(member.name) && serves(member) && member.differs,
  )
  const next = differing.find((member) => member.state !== 'leader') ?? differing[0]
  return next && withoutLoss(situation, present, { member: next, act: 'change' })
}

/** One that is not wanted any more, and still there. */
export function removeOne(situation: Situation, present: Votes): Next | undefined {
  const { members, wanted, dead } = situation
  const leaving = members.filter(
    ({ name, state }) => !wanted.includes(name) && !dead.includes(name) && state !== 'absent',
  )
  const next = leaving.find((member) => member.state !== 'leader') ?? leaving[0]
  if (!next) return undefined
  if (next.state === 'unreachable') {
    return {
      do: 'refuse',
      message: `${next.name} is to leave ${situation.component} and cannot be reached`,
      hint: 'bring it up, or declare it dead',
    }
  }
  return serves(next)
    ? withoutLoss(situation, present, { member: next, act: 'remove' })
    : step('remove', [next])
}

/** The step that takes one away for a while (or for ever), if the others bear it. */
export function withoutLoss(
  situation: Situation,
  present: Votes,
  { member, act }: { readonly member: Member; readonly act: 'change' | 'remove' },
): Next {
  const { members, dead } = situation
  const afterwards = thenVotes(situation)
  const others = members.filter((each) => each.name !== member.name && !dead.includes(each.name))
  const bears = (votes: Votes): boolean => votersIn(others, votes).length >= votes.need
  if (bears(present) && (act === 'remove' || bears(afterwards))) return step(act, [member])
  const living = present.list.filter((name) => !dead.includes(name))
  const complete = votersIn(members, present).filter(({ name }) => living.includes(name))
  // Where there is nobody to spare, any order stops the quorum; then it stops as shortly as can be, with all in sync before.
  const none = spareOf(present, dead) === 0 || spareOf(afterwards, dead) === 0
  if (none && complete.length === living.length) return { ...step(act, [member]), stops: true }
  return tooFew(situation, complete.length, present, member.name)
}

export function namesOf(members: readonly Member[]): string {
  return members.map((member) => member.name).join(', ')
}
