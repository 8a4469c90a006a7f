import type { Host } from '../inventory/types.ts'
import { hostsOfPlay, type Planning } from './play-plan.ts'
import type { PlayState, RunTools } from './play-types.ts'
import { MemberObserver } from './quorum-observe.ts'
import { QuorumTurns } from './quorum-turns.ts'

/** The play with its turns, where it says `order: quorum`. In check mode nothing is changed, so nobody waits for a turn. */
export function withTurns(
  play: PlayState,
  {
    hosts,
    tools,
    planning,
  }: { readonly hosts: readonly Host[]; readonly tools: RunTools; readonly planning: Planning },
): PlayState {
  const { plan } = play
  const { limit: _limit, ...options } = planning.options
  if (plan.play.order !== 'quorum' || options.check === true || hosts.length === 0) return play
  const { transport, signal, reporter, clock, forks = 20 } = tools.options
  const turns = new QuorumTurns({
    members: hostsOfPlay(plan.play, plan.playbook, { ...planning, options }).hosts,
    hosts: hosts.map((host) => host.name),
    observer: new MemberObserver({ transport, forks, signal }),
    ...{ clock, signal },
    tell: (text) => {
      reporter.report({
        kind: 'message',
        level: 'info',
        text: `${plan.play.name}: ${text}`,
        at: clock.now(),
      })
    },
    stop: () => {
      state.stopped = 'failed'
    },
  })
  const state = { ...play, turns }
  return state
}
