import { refuse, tooFew } from './refusals.ts'
import { changeOne, removeOne, step, wait, withoutLoss } from './steps.ts'
import type { Member, Next, Situation } from './types.ts'
import { majorityOf, votersIn, wantedVotes, type Votes } from './votes.ts'

/**
 * The step that makes a serving quorum larger or smaller. Two lists whose majorities need not meet must never be in use at
 * once, so the number of ZooKeeper's members and the `--quorum` of Mesos masters go one up or down at a time.
 */
export function changeSize(situation: Situation, present: Votes): Next | undefined {
  switch (situation.component) {
    case 'zookeeper':
      return changeEnsemble(situation, present)
    case 'mesos-master':
      return changeMasters(situation, present)
    case 'marathon':
      return undefined
  }
}

function changeEnsemble(situation: Situation, present: Votes): Next | undefined {
  const { wanted, members, dead } = situation
  const added = wanted.filter((name) => !present.list.includes(name))
  const gone = present.list.filter((name) => !wanted.includes(name))
  if (added.length === 0 && gone.length === 0) return undefined
  if (present.list.length === 1 && gone.length === 0) return growSingle(situation, present)
  if (added.length + gone.length > 1) return oneAtATime(situation, added, gone)
  const member = members.find(({ name }) => name === added[0])
  if (!member || dead.includes(member.name)) return undefined
  if (member.state === 'running') return situation.waited ? stuck(member) : wait([member])
  if (member.state === 'in-sync') return undefined
  // It is let in by the votes of a majority that counts it too.
  const votes = wantedVotes(situation)
  const there = votersIn(members, votes).length
  if (isDown(member) && there >= votes.need) return step('create', [member])
  return tooFew(situation, there, votes)
}

function oneAtATime(
  { component, wanted }: Situation,
  added: readonly string[],
  gone: readonly string[],
): Next {
  const more = added.length > 0 ? `${added.join(', ')} added` : ''
  const less = gone.length > 0 ? `${gone.join(', ')} left out` : ''
  return refuse(
    `${component} is to become ${wanted.length} members with ${[more, less].filter((text) => text !== '').join(' and ')} at once; ` +
      'majorities of the old and of the new members need not meet, so writes could be lost',
    'change its group by one host, run this, then by the next one',
  )
}

/**
 * A single one does not know of members: it stops shortly when it is told. New ones come first, but fewer than a majority,
 * so that they cannot elect one of themselves while they hold nothing; then the single one joins them with the data.
 */
function growSingle(situation: Situation, present: Votes): Next {
  const { wanted, members, dead } = situation
  const need = majorityOf(wanted.length)
  const own = members.filter(({ name }) => wanted.includes(name) && !present.list.includes(name))
  const silent = own.find(({ name, state }) => state === 'unreachable' && !dead.includes(name))
  if (silent) {
    return refuse(
      `${silent.name} is to join ${present.list[0]} and cannot be reached; it may be there with nothing, and elect others like it`,
      'bring that host up, or take it out of the group',
    )
  }
  const running = own.filter((member) => member.state === 'running')
  const single = members.find(({ name }) => name === present.list[0]) as Member
  if (running.length + 1 >= need) return withoutLoss(situation, present, { member: single, act: 'change' })
  const next = own.find(isDown)
  if (!next) return tooFew(situation, running.length + 1, wantedVotes(situation))
  return { ...step('create', [next]), until: 'running' }
}

/**
 * Masters know only how many votes are needed. More of them than 2 * quorum - 1 could lose the registry, so the number goes
 * up before masters come, and down when they have gone. Source: Mesos, operational guide.
 */
function changeMasters(situation: Situation, present: Votes): Next | undefined {
  const { need } = wantedVotes(situation)
  if (need === present.need) return undefined
  if (present.need === 1 || need === 1) {
    return refuse(
      `the registry of a single Mesos master cannot be taken over by ${situation.wanted.length === 1 ? 'another number of' : situation.wanted.length} masters`,
      'stop all masters, remove replicated_log below their work folders (agents register again, tasks go on), and run this again',
    )
  }
  if (Math.abs(need - present.need) > 1) {
    return refuse(
      `--quorum of the Mesos masters is to go from ${present.need} to ${need} at once`,
      'change the group by two hosts at a time',
    )
  }
  if (need > present.need) return changeOne(situation, present)
  return removeOne(situation, present) ?? changeOne(situation, present)
}

function isDown({ state }: Member): boolean {
  return state === 'absent' || state === 'stopped'
}

function stuck(member: Member): Next {
  return refuse(
    `${member.name} runs and does not join the others`,
    'see `docker logs` of its container there; the others were left as they are',
  )
}
