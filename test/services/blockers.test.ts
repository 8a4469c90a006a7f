import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AppView, QueueItem, TaskFailure } from '../../src/marathon/types.ts'
import { blockersOf, formatChain, marathonReason, rootsOf } from '../../src/services/blockers.ts'
import { unknownMarathon, type ClusterState } from '../../src/services/cluster-state.ts'
import { progressOf } from '../../src/services/progress.ts'
import type { RegistryNode, StatusNode } from '../../src/start-spec/types.ts'
import { composeReal } from './sample-site.ts'

const composition = await composeReal()
const specs = new Map([...composition.services].map(([name, service]) => [name, service.spec]))
const since = '2026-01-01T00:00:00Z'

function digestOf(step: string): string {
  const [service = '', command] = step.split('/')
  return specs.get(service)?.commands.find((each) => each.name === command)?.digest ?? ''
}

/** A state in which the named steps hold. `mariadb/daemon` registers one instance. */
function stateWith(
  done: readonly string[],
  others: Readonly<Record<string, Partial<StatusNode>>> = {},
): ClusterState {
  const status = new Map<string, StatusNode>()
  const put = (step: string, node: Partial<StatusNode>): void => {
    const [service = '', command = ''] = step.split('/')
    const runOnce = specs.get(service)?.commands.find((each) => each.name === command)?.runOnce === true
    const whole = {
      state: 'done' as const,
      digest: digestOf(step),
      host: 'h1',
      instance: 'i',
      attempt: 1,
      since,
      ...node,
    }
    status.set(`${runOnce ? 'global' : 'host/h1'}/${step}`, whole)
  }
  const daemons = done.filter((step) => step.endsWith('/daemon')).map((step) => step.replace('/daemon', ''))
  const nodeOf = (name: string): RegistryNode => {
    const config = specs.get(name)?.config
    const head = { host: 'h1', address: '10.0.0.1', ports: {}, incarnation: 'x', since }
    return config === undefined ? head : { ...head, config }
  }
  for (const step of done.filter((each) => !each.endsWith('/daemon'))) put(step, {})
  for (const [step, rest] of Object.entries(others)) put(step, rest)
  return {
    ...{ specs, status, waiting: new Map() },
    registry: new Map(daemons.map((name) => [name, [nodeOf(name)]])),
    instances: new Map(daemons.map((name) => [name, new Map([['task-1', nodeOf(name)]])])),
  }
}

const lines = (service: string, state: ClusterState): readonly string[] =>
  blockersOf(service, state, { marathon: unknownMarathon }).flatMap(formatChain)

test('the chain ends at the step whose requirements hold, with its error and log', () => {
  const state = stateWith(
    ['mariadb/prepare', 'mariadb/daemon', 'keystone-api/folders', 'keystone-api/keys'],
    {
      'keystone-db/create': { state: 'retry', attempt: 3, error: 'exit code 1', log: ['access denied'] },
    },
  )
  assert.equal(lines('keystone-api', state), [
    `keystone-api/db_sync: waits for keystone-db/create: retry on h1 since ${since}, attempt 3, last error: exit code 1`,
    `  keystone-db/create on h1 since ${since}: retry, attempt 3: exit code 1`,
    '      | access denied',
  ])
})

test('two unmet requirements are two chains, and one root counts once', () => {
  const done = [
    'keystone-api/folders',
    'keystone-api/keys',
    'keystone-api/db_sync',
    'keystone-api/bootstrap',
    'mariadb/prepare',
  ]
  const chains = blockersOf('keystone-api', stateWith(done), { marathon: unknownMarathon })
  assert.equal(
    rootsOf(chains).map((link) => link.step),
    ['mariadb/daemon', 'memcached/daemon'],
  )
})

test('done for an older digest is not done', () => {
  const state = stateWith(['mariadb/prepare', 'mariadb/daemon'], { 'keystone-db/create': { digest: 'old' } })
  assert.match(lines('keystone-db', state).join('\n'), /keystone-db\/create .*older digest/)
})

test('a service that nobody deployed is the root', () => {
  const few = new Map([...specs].filter(([name]) => name !== 'mariadb'))
  const chain = lines('keystone-db', { ...stateWith([]), specs: few })
  assert.match(chain.at(-1) ?? '', /mariadb: the service is not deployed/)
})

const app = (more: Partial<AppView>): AppView =>
  ({
    id: '/test/x',
    instances: 1,
    tasksRunning: 0,
    deployments: [],
    tasks: [],
    ...more,
  }) as unknown as AppView
const queued = (reasons: Readonly<Record<string, number>>, overdue = true): QueueItem =>
  ({
    delay: { overdue, timeLeftSeconds: 12 },
    processedOffersSummary: {
      processedOffersCount: 4,
      rejectSummaryLaunchAttempt: Object.entries(reasons).map(([reason, declined]) => ({
        reason,
        declined,
        processed: 4,
      })),
    },
  }) as unknown as QueueItem

test('Marathon’s reasons come in words', () => {
  const failure = { host: 'h1', message: 'no such image', timestamp: since } as unknown as TaskFailure
  assert.match(
    marathonReason(app({ lastTaskFailure: failure }), undefined) ?? '',
    /failed on h1 .*: no such image/,
  )
  assert.is(
    marathonReason(app({}), queued({ UnfulfilledConstraint: 3, InsufficientPorts: 1 })),
    'no offer fits: its constraints (is the host in the right group, and a slave?) (3 of 4), a port that is taken or not offered (1 of 4)',
  )
  assert.is(marathonReason(app({}), queued({}, false)), 'Marathon starts it again in 12 s')
  assert.is(marathonReason(app({ tasksRunning: 1, lastTaskFailure: failure }), undefined), undefined)
})

test('a registration of a task that Marathon has replaced does not count as ready', () => {
  const spec = specs.get('memcached')!
  const state = stateWith(['memcached/daemon'])
  const task = (id: string): AppView =>
    app({
      tasksRunning: 1,
      tasks: [{ id, state: 'TASK_RUNNING' }] as unknown as NonNullable<AppView['tasks']>,
    })
  assert.ok(progressOf({ spec, instances: 1, app: task('task-1') }, state).ready)
  assert.not.ok(progressOf({ spec, instances: 1, app: task('task-2') }, state).ready)
  const busy = { ...task('task-1'), deployments: [{ id: 'd' }] }
  assert.not.ok(progressOf({ spec, instances: 1, app: busy }, state).ready)
  assert.not.ok(progressOf({ spec, instances: 2, app: task('task-1') }, state).ready)
})

test('a daemon with an older configuration is why the service is not ready, and keeps nobody else', () => {
  const stood = stateWith(['mariadb/prepare', 'mariadb/daemon'])
  const spec = { ...specs.get('mariadb')!, config: 'f'.repeat(64) }
  const state = { ...stood, specs: new Map([...specs, ['mariadb', spec]]) }
  assert.equal(lines('mariadb', state), [
    `mariadb/daemon on h1: running an older configuration since ${since}`,
  ])
  assert.equal(lines('keystone-db', state), ['keystone-db/create: Marathon has no such app: deploy it'])
})

test('what an ended task has left is no reason and no excuse: its registration, its last words', () => {
  const state = stateWith(['mariadb/prepare', 'mariadb/daemon'], { 'mariadb/daemon': { state: 'ready' } })
  const tasks = [{ id: 'task-2', state: 'TASK_RUNNING' }] as unknown as NonNullable<AppView['tasks']>
  const marathon = { apps: new Map([['mariadb', app({ tasksRunning: 1, tasks })]]), queue: new Map() }
  assert.equal(blockersOf('mariadb', state, { marathon }).flatMap(formatChain), [
    `mariadb/daemon on h1 since ${since}: was ready, and is registered no more`,
  ])
  assert.equal(blockersOf('mariadb', state, { marathon: unknownMarathon }), [])
})

test.run()
