import { countOf } from '../kernel/problems.ts'
import type { Next, Situation } from './types.ts'
import { votersIn, type Votes } from './votes.ts'

export function refuse(message: string, hint: string): Next {
  return { do: 'refuse', message, hint }
}

/** "2 of 3 members of zookeeper answer, 2 needed; changing zk2 would leave 1". */
export function tooFew(situation: Situation, there: number, votes: Votes, changed?: string): Next {
  const { component, members, dead } = situation
  const missing = members.filter(
    ({ name, state }) =>
      votes.list.includes(name) && !dead.includes(name) && state !== 'in-sync' && state !== 'leader',
  )
  const without = members.filter(({ name }) => name !== changed)
  const change =
    changed === undefined ? '' : `; changing ${changed} would leave ${votersIn(without, votes).length}`
  const what = changed === undefined ? 'can be started' : 'answer in sync'
  const numbers = `${there} of ${countOf(votes.list.length, 'member')} of ${component} ${what}, ${votes.need} needed${change}`
  const who = missing.map(({ name, state }) => `${name} (${state})`).join(', ')
  return refuse(
    numbers,
    who === ''
      ? 'nothing was changed; see docs/quorum.md, "Members that never return"'
      : `bring back ${who} first; nothing was changed. If it never returns: docs/quorum.md, "Members that never return"`,
  )
}
