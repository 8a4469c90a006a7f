import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nextStep } from '../../src/quorum/next-step.ts'
import type { Component, Member, MemberState, Next, Situation } from '../../src/quorum/types.ts'

/** `states` in the words of a table: "leader in-sync unreachable". */
function situation(component: Component, states: string, change: Partial<Situation> = {}): Situation {
  const names = states.split(' ').map((_, index) => `zk${index + 1}`)
  const members = states.split(' ').map((state, index): Member => ({
    name: names[index] ?? '',
    state: state as MemberState,
    hasData: state !== 'absent',
    list: state === 'absent' || component !== 'zookeeper' ? [] : names,
    differs: true,
  }))
  return { component, members, wanted: names, dead: [], waited: false, ...change }
}

function refusal(next: Next): string {
  return next.do === 'refuse' ? `${next.message} | ${next.hint}` : JSON.stringify(next)
}

const cases: readonly (readonly [string, Situation, RegExp])[] = [
  [
    'one of three does not answer',
    situation('zookeeper', 'leader in-sync unreachable'),
    /^2 of 3 members of zookeeper answer in sync, 2 needed; changing zk2 would leave 1 \| bring back zk3 \(unreachable\) first; nothing was changed/,
  ],
  [
    'two of five are away',
    situation('zookeeper', 'in-sync leader in-sync running unreachable', { waited: true }),
    /"do":"change","members":\["zk4"\]/,
  ],
  [
    'two of five do not answer',
    situation('zookeeper', 'in-sync leader in-sync unreachable unreachable'),
    /^3 of 5 members of zookeeper answer in sync, 3 needed; changing zk1 would leave 2 /,
  ],
  [
    'nothing serves, and only one of three can be started',
    situation('zookeeper', 'stopped unreachable absent'),
    /^1 of 3 members of zookeeper can be started, 2 needed \| bring back zk1 \(stopped\), zk2 \(unreachable\), zk3 \(absent\) first/,
  ],
  [
    'fresh members, and one that nobody can ask',
    situation('zookeeper', 'absent absent unreachable'),
    /^0 of 3 members of zookeeper can be started, 2 needed|^2 of 3 members of zookeeper answer and hold nothing/,
  ],
  [
    'two more at once',
    situation('zookeeper', 'leader in-sync in-sync', { wanted: ['zk1', 'zk2', 'zk3', 'zk4', 'zk5'] }),
    /^zookeeper is to become 5 members with zk4, zk5 added at once; .* \| change its group by one host, run this, then by the next one$/,
  ],
  [
    'one Marathon of two does not answer',
    situation('marathon', 'leader unreachable'),
    /^1 of 2 members of marathon answer in sync, 1 needed; changing zk1 would leave 0 /,
  ],
  [
    'all run and none serves',
    situation('zookeeper', 'running running running', {
      waited: true,
      members: situation('zookeeper', 'running running running').members.map((member) => ({
        ...member,
        differs: false,
      })),
    }),
    /^3 members of zookeeper run and do not become a quorum: zk1, zk2, zk3 \| see `docker logs`/,
  ],
]

for (const [title, given, expected] of cases) {
  test(title, () => assert.match(refusal(nextStep(given)), expected))
}

test('a stranger in the place of a member stops everything', () => {
  const { members } = situation('zookeeper', 'leader in-sync in-sync')
  const odd = members.map((member, index) =>
    index === 1 ? { ...member, fault: 'its data belong to id 7, not 2' } : member,
  )
  const next = nextStep(situation('zookeeper', 'leader in-sync in-sync', { members: odd }))
  assert.match(
    refusal(next),
    /^zk2 is not the member of zookeeper that it should be: its data belong to id 7, not 2 \|/,
  )
})

test('the registry of a single Mesos master is not taken over by three: the way out is told', () => {
  const { members } = situation('mesos-master', 'leader')
  const single = members.map((member) => ({ ...member, quorum: 1 }))
  const next = nextStep(
    situation('mesos-master', 'leader', { members: single, wanted: ['zk1', 'zk2', 'zk3'] }),
  )
  assert.match(refusal(next), /single Mesos master cannot be taken over by 3 masters \| .*replicated_log/)
})

test.run()
