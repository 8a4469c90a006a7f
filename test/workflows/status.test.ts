import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FailedError, UsageError } from '../../src/kernel/errors.ts'
import { graph } from '../../src/workflows/graph.ts'
import { logs } from '../../src/workflows/logs.ts'
import { formatStatus, serviceStatus } from '../../src/workflows/status.ts'
import { formatWhy, why } from '../../src/workflows/why.ts'
import { sampleInventory } from '../services/sample-site.ts'
import { failsWith } from '../support/fails-with.ts'
import { newRig, settle, type Rig } from './deploy-rig.ts'

/** A deploy that hangs; it is ended with the rig. */
async function hangingRig(step: string): Promise<Rig> {
  const rig = await newRig({ hanging: new Set([step]) })
  void rig.deploy().catch(() => undefined)
  await settle()
  return rig
}

const linesOf = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/ since [\dT:.-]+Z/, '').replace(/ {2,}/g, ' '))

test('status of a deployment that stands', async () => {
  const rig = await newRig()
  await rig.deploy()
  const services = await serviceStatus('test', rig.clients)
  assert.equal(
    services.map((each) => [each.service, each.state, each.ready]),
    [
      ['keystone-api', 'ready', true],
      ['keystone-db', 'done', true],
      ['mariadb', 'ready', true],
      ['memcached', 'ready', true],
    ],
  )
  assert.match(formatStatus(services)[1] ?? '', /^keystone-api +ready 1\/1 +h1/)
  rig.close()
})

test('status and why of a service that waits: down to the one that is not ready', async () => {
  const rig = await hangingRig('mariadb/daemon')
  const services = await serviceStatus('test', rig.clients)
  const keystone = services.find((each) => each.service === 'keystone-api')
  assert.is(keystone?.state, 'waiting')
  assert.equal(keystone?.waitingFor, ['keystone-db/create'])
  const answer = await why({ deployment: 'test', subject: 'keystone-api' }, rig.clients)
  assert.equal(linesOf(formatWhy(answer)), [
    'keystone-api/db_sync on h1: waits for keystone-db/create: has not been started',
    ' keystone-db/create on h1: waits for mariadb/daemon: nobody is registered',
    ' mariadb/daemon: its container runs, and has not told anything yet',
  ])
  rig.close()
})

test('why tells the last error and log lines of a failed command', async () => {
  const rig = await newRig({ failing: new Map([['keystone-db/create', 'exit code 1']]) })
  await failsWith(() => rig.deploy(), FailedError)
  const lines = linesOf(formatWhy(await why({ deployment: 'test', subject: 'keystone-api' }, rig.clients)))
  assert.match(lines.at(-2) ?? '', /keystone-db\/create on h1: error: exit code 1/)
  assert.match(lines.at(-1) ?? '', /\| the last line of stderr/)
  rig.close()
})

test('why of a ready service says so, and knows names that are nearly right', async () => {
  const rig = await newRig()
  await rig.deploy()
  assert.equal(formatWhy(await why({ deployment: 'test', subject: 'mariadb@h1' }, rig.clients)), [
    'mariadb is ready',
  ])
  assert.equal(formatWhy(await why({ deployment: 'test', subject: 'keystone-db' }, rig.clients)), [
    'keystone-db is ready',
  ])
  const error = await failsWith(
    () => why({ deployment: 'test', subject: 'mariadv' }, rig.clients),
    UsageError,
  )
  assert.match(error.message, /did you mean "mariadb"/)
  rig.close()
})

test('logs come from the containers of the tasks, on their hosts', async () => {
  const rig = await newRig()
  await rig.deploy()
  const task = rig.marathon.app('/test/mariadb')?.tasks?.[0]
  rig.host.on('docker', ({ argv }) =>
    argv[1] === 'ps'
      ? { stdout: argv.includes(`label=MESOS_TASK_ID=${task?.id}`) ? 'c0ffee\n' : '' }
      : { stdout: 'ready\n', stderr: 'warning\n' },
  )
  const lines: string[] = []
  const request = {
    deployment: 'test',
    service: 'mariadb',
    inventory: sampleInventory(),
    follow: true,
    tail: 20,
  }
  await logs(
    { ...request, onLine: (host, line, stream) => lines.push(`${host} ${stream} ${line}`) },
    rig.clients,
  )
  assert.equal(lines, ['h1 stdout ready', 'h1 stderr warning'])
  assert.equal(rig.host.calls.at(-1)?.argv, ['docker', 'logs', '--tail', '20', '--follow', 'c0ffee'])
  const none = { ...request, service: 'nova', onLine: () => undefined }
  await failsWith(() => logs(none, rig.clients), UsageError)
  rig.close()
})

test('the graph is drawn in every format', async () => {
  const request = { inventory: sampleInventory(), deployment: 'test', base: '.' }
  assert.match(await graph(request, 'text'), /critical path/)
  assert.match(await graph(request, 'dot'), /"mariadb\/daemon" -> "keystone-db\/create";/)
  assert.match(await graph(request, 'mermaid'), /mariadb_daemon --> keystone_db_create/)
  const { criticalPath } = JSON.parse(await graph(request, 'json')) as { criticalPath: string[] }
  assert.is(criticalPath.at(-1), 'keystone-api/daemon')
})

test.run()
