import { countOf } from '../kernel/problems.ts'
import { changeSize } from './change-size.ts'
import { refuse, tooFew } from './refusals.ts'
import { changeOne, namesOf, removeOne, step, wait } from './steps.ts'
import type { Member, Next, Situation } from './types.ts'
import { presentVotes, serves, wantedVotes } from './votes.ts'

/**
 * The next step towards the wanted members, or why there is none. Called again after each step with what is then seen, so a
 * run that was killed anywhere goes on with the next call of another one.
 */
export function nextStep(situation: Situation): Next {
  const stranger = situation.members.find((member) => member.fault !== undefined)
  if (stranger) {
    return refuse(
      `${stranger.name} is not the member of ${situation.component} that it should be: ${stranger.fault}`,
      'mend that host first; nothing was changed',
    )
  }
  const alive = situation.members.filter((member) => !situation.dead.includes(member.name))
  if (alive.every((member) => settled(member, situation))) return { do: 'nothing' }
  if (alive.some((member) => member.state === 'leader')) return whileServing(situation, alive)
  const stood = situation.component !== 'marathon' && alive.some((member) => member.hasData)
  return stood ? revive(situation, alive) : found(situation, alive)
}

function settled(member: Member, { wanted }: Situation): boolean {
  return wanted.includes(member.name) ? serves(member) && !member.differs : member.state === 'absent'
}

/** Nothing of it ever stood: all members at once, for none can come in sync alone. */
function found(situation: Situation, alive: readonly Member[]): Next {
  const { component, wanted } = situation
  const own = alive.filter((member) => wanted.includes(member.name))
  const silent = own.filter((member) => member.state === 'unreachable')
  if (silent.length > 0 && component !== 'marathon') {
    return refuse(
      `${own.length - silent.length} of ${countOf(wanted.length, 'member')} of ${component} answer and hold nothing; ` +
        `${namesOf(silent)} may hold the data and cannot be asked`,
      'bring that host up, or take it out of the group',
    )
  }
  const running = own.filter((member) => member.state === 'running')
  const todo = own.filter(
    ({ state, differs }) =>
      state === 'absent' || state === 'stopped' || (differs && (state === 'running' || situation.waited)),
  )
  if (todo.length > 0) return step('create', todo)
  return situation.waited || running.length === 0 ? noQuorum(situation, running) : wait(running)
}

/** It stood, and does not now: what is there is started together; nothing is made anew, for its vote would be an empty one. */
function revive(situation: Situation, alive: readonly Member[]): Next {
  const votes = presentVotes(situation)
  const own = alive.filter((member) => situation.wanted.includes(member.name))
  const stopped = own.filter((member) => member.state === 'stopped')
  const running = own.filter((member) => member.state === 'running')
  const could = alive.filter(
    ({ name, state }) => votes.list.includes(name) && (state === 'stopped' || state === 'running'),
  )
  if (could.length < votes.need) return tooFew(situation, could.length, votes)
  const other = stopped.find((member) => isOtherList(member, situation))
  if (other) return otherList(other, situation)
  if (stopped.length > 0) return step('start', stopped)
  if (!situation.waited) return wait(running)
  const todo = running.filter((member) => member.differs)
  const moved = todo.find((member) => isOtherList(member, situation))
  if (moved) return otherList(moved, situation)
  return todo.length > 0 ? step('change', todo) : noQuorum(situation, running)
}

function noQuorum({ component }: Situation, running: readonly Member[]): Next {
  return refuse(
    `${countOf(running.length, 'member')} of ${component} run and do not become a quorum: ${namesOf(running)}`,
    'see `docker logs` of that container on these hosts; nothing was changed',
  )
}

function otherList({ name }: Member, { component, wanted }: Situation): Next {
  return refuse(
    `${component} does not serve, and ${name} is to count ${countOf(wanted.length, 'member')} where it counted others`,
    'bring it up with the members that it had, then change their number',
  )
}

/** Its votes and the wanted ones could be given to two quorums at once, or would be given to none. */
function isOtherList({ list, quorum }: Member, { component, wanted }: Situation): boolean {
  if (quorum !== undefined && component === 'mesos-master')
    return quorum !== wantedVotes({ component, wanted }).need
  const gap = [
    ...list.filter((name) => !wanted.includes(name)),
    ...wanted.filter((name) => !list.includes(name)),
  ].length
  return list.length > 0 && (gap > 1 || (gap === 1 && list.length === 1))
}

function whileServing(situation: Situation, alive: readonly Member[]): Next {
  const own = alive.filter((member) => situation.wanted.includes(member.name))
  const present = presentVotes(situation)
  // Those without a vote of old are made members one by one, below.
  const voters = own.filter((member) => present.list.includes(member.name))
  const stopped = voters.filter((member) => member.state === 'stopped')
  if (stopped.length > 0 && !stopped.some((member) => isOtherList(member, situation)))
    return step('start', stopped)
  const waiting = voters.filter((member) => member.state === 'running')
  // It gives no vote now, so none is lost: a member whose settings are wrong is mended so.
  const broken = waiting.find((member) => member.differs)
  if (broken) return step('change', [broken])
  if (waiting.length > 0 && !situation.waited) return wait(waiting)
  const sized = changeSize(situation, present)
  if (sized) return sized
  const empty = own.find((member) => member.state === 'absent' || member.state === 'stopped')
  if (empty) return step('create', [empty])
  return changeOne(situation, present) ?? removeOne(situation, present) ?? { do: 'nothing' }
}
