import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePasswords } from '../../src/secrets/passwords.ts'
import type { ServiceStatus } from '../../src/workflows/status.ts'
import type { WhyAnswer } from '../../src/workflows/why.ts'
import { loginOf } from '../../src/zookeeper/identity.ts'
import type { DigestLogin } from '../../src/zookeeper/types.ts'
import { fetchToken } from '../aio/fetch-token.ts'
import { awaitGone, openCanary } from '../support/canary-session.ts'
import { doneOnce, newTask, registeredStarts, registrationsMade } from '../support/cluster-records.ts'
import { eventually } from '../support/eventually.ts'
import { serviceContainers, type ServiceContainer } from '../support/service-containers.ts'
import { watchCluster, type WatchedCluster } from '../support/watched-cluster.ts'
import { changedBy, openDeployLab, type DeployLab, type KmesosEnd } from './deploy-rig.ts'

/** The tests follow each other on one host: each begins with all services ready, and leaves them so. */
const test = suite('parts that die under a running deployment')
const deployment = 'openstack'
const daemons = ['keystone-api', 'mariadb', 'memcached']
const minute = 60_000
/** kmesos-start's own: so long a container that died counts as registered. */
const sessionTimeoutMs = 10_000
let rig: DeployLab
let login: DigestLogin
let cluster: WatchedCluster

test.before(async () => {
  rig = await openDeployLab('survive', 51)
  for (const words of [['bootstrap'], ['password', 'init'], ['deploy', '--profile', 'minimal']])
    assertWell(await rig.kmesos(words), words.join(' '))
  login = await operatorLogin()
  cluster = await watchCluster({ address: rig.address, deployment, login })
  await cluster.until('all is ready', () => registered().length === daemons.length, minute)
})

test.after(async () => {
  await cluster?.close()
  await rig?.close()
})

async function operatorLogin(): Promise<DigestLogin> {
  const text = await readFile(join(rig.folder, 'passwords.yml'), 'utf8')
  const { credentials } = parsePasswords(text, { passwords: [], services: [] }, 'passwords.yml')
  return loginOf('operator', deployment, credentials.keys.operator.reveal())
}

function assertWell(end: KmesosEnd, what: string): void {
  assert.is(end.code, 0, `${what}:\n${end.stdout.slice(-4000)}\n${end.stderr}`)
}

function docker(...words: readonly string[]): Promise<unknown> {
  return rig.lab.sh(rig.host, ['docker', ...words])
}

function containers(): Promise<Readonly<Record<string, ServiceContainer>>> {
  return serviceContainers(rig.lab, rig.host)
}

async function container(service: string): Promise<ServiceContainer> {
  const found = (await containers())[service]
  assert.ok(found, `${service} has no container`)
  return found
}

async function token(): Promise<void> {
  await fetchToken(join(rig.folder, '.kmesos/openrc'), AbortSignal.timeout(minute))
}

async function status(): Promise<readonly ServiceStatus[]> {
  const end = await rig.kmesos(['status'])
  assertWell(end, 'status')
  return (JSON.parse(end.stdout) as { readonly services: readonly ServiceStatus[] }).services
}

async function assertAllReady(): Promise<void> {
  const services = await status()
  assert.ok(
    services.length > daemons.length && services.every(({ ready }) => ready),
    JSON.stringify(services),
  )
}

function registered(): readonly string[] {
  return registeredStarts(cluster, daemons)
}

/** Whether every daemon is registered by a new start of it, but for those that `stay`. */
function isAnew(before: readonly string[], stay: readonly string[] = []): boolean {
  const now = registered()
  const kept = now.filter((name) => before.includes(name))
  return now.length === daemons.length && kept.join() === stay.join()
}

async function leaveCanary(name: string): Promise<() => Promise<void>> {
  const path = `${cluster.layout.root}/canary-${name}`
  await openCanary({ server: `${rig.address}:2181`, login, path, sessionTimeoutMs })
  return () => awaitGone(cluster.store, path, AbortSignal.timeout(minute))
}

test('daemons outlive a ZooKeeper that was killed, and are registered when it is back', async () => {
  const [before, names] = [await containers(), registered()]
  const sessionsAreChecked = await leaveCanary('killed')
  await docker('kill', 'zookeeper')
  await cluster.until('ZooKeeper is away', () => cluster.store.state === 'disconnected', minute)
  await token()
  assert.equal(await containers(), before)
  assertWell(await rig.kmesos(['bootstrap']), 'bootstrap')
  await cluster.until('ZooKeeper is back', () => cluster.store.state === 'connected', minute)
  await sessionsAreChecked()
  assert.equal(registered(), names)
  assert.equal(await containers(), before)
  await assertAllReady()
})

test('daemons outlive a ZooKeeper that was frozen for longer than their sessions live', async () => {
  const [before, names] = [await containers(), registered()]
  const sessionsAreChecked = await leaveCanary('frozen')
  await docker('pause', 'zookeeper')
  try {
    const frozenAt = Date.now()
    await cluster.until('ZooKeeper is away', () => cluster.store.state === 'disconnected', minute)
    await token()
    // Nothing tells that a frozen server's clock has passed the end of the sessions.
    await eventually(() => Date.now() - frozenAt > 1.3 * sessionTimeoutMs)
    assert.equal(await containers(), before)
  } finally {
    await docker('unpause', 'zookeeper')
  }
  await sessionsAreChecked()
  const again = (): boolean => registered().join() === names.join()
  await cluster.until('all are registered again', again, minute)
  assert.equal(await containers(), before)
  await assertAllReady()
})

// A thawed ZooKeeper may take a session up again before it counts it as ended; here each session surely ends.
test('containers that were frozen until their sessions ended are registered in new ones', async () => {
  const [before, names] = [await containers(), registered()]
  const made = await registrationsMade(cluster, daemons)
  const ids = Object.values(before).map(({ id }) => id)
  await docker('pause', ...ids)
  try {
    await cluster.until('nobody is registered', () => registered().length === 0, minute)
  } finally {
    await docker('unpause', ...ids)
  }
  const again = (): boolean => registered().join() === names.join()
  await cluster.until('all are registered again', again, minute)
  const now = await registrationsMade(cluster, daemons)
  assert.not.ok(now.some((each) => made.includes(each)))
  assert.equal(await containers(), before)
  await assertAllReady()
})

/** By `why` and `status`, while the registration of the killed keystone may still stand. */
async function assertWaitsForMariadb(): Promise<void> {
  const end = await rig.kmesos(['why', 'keystone-api'])
  assertWell(end, 'why')
  const { ready, chains } = JSON.parse(end.stdout) as WhyAnswer
  assert.is(ready, false)
  assert.equal(
    chains.map((chain) => [chain[0]?.step, chain.at(-1)?.step.split('/')[0]]),
    [['keystone-api/daemon', 'mariadb']],
    end.stdout,
  )
  const waiting = (await status()).find(({ service }) => service === 'keystone-api')
  assert.equal([waiting?.state, waiting?.waitingFor], ['waiting', ['mariadb/daemon']])
}

test('a restarted keystone waits for a mariadb that is away, says so, and goes on by itself', async () => {
  const [mariadb, keystone] = [await container('mariadb'), await container('keystone-api')]
  const [names, once] = [registered(), doneOnce(cluster)]
  assert.ok(['db_sync', 'bootstrap'].every((name) => `global/keystone-api/${name}` in once))
  assert.ok('global/keystone-db/create' in once)
  await docker('kill', mariadb.id)
  const comesAgain = (): boolean => newTask(cluster, 'mariadb', mariadb.taskId) !== undefined
  await cluster.until('the engine starts mariadb again', comesAgain, minute)
  // Held on its way, so that it stays away.
  const held = await container('mariadb')
  await docker('pause', held.id)
  try {
    const isAway = (): boolean => cluster.zookeeper().registry.get('mariadb')?.length === 0
    await cluster.until('mariadb is registered no more', isAway, minute)
    await docker('kill', keystone.id)
    const waits = (): boolean => cluster.zookeeper().waiting.get('keystone-api')?.size === 1
    await cluster.until('keystone waits', waits, minute)

    await assertWaitsForMariadb()
  } finally {
    await docker('unpause', held.id)
  }
  const stay = names.filter((name) => name.startsWith('memcached '))
  await cluster.until('mariadb and keystone are registered anew', () => isAnew(names, stay), 2 * minute)
  await token()
  assert.equal(doneOnce(cluster), once)
  assert.is((await container('mariadb')).id, held.id)
})

test('an engine that was killed takes over what runs', async () => {
  const before = await containers()
  await docker('kill', 'kmesos_engine')
  await token()
  await docker('start', 'kmesos_engine')
  const running = async (): Promise<boolean> => {
    const apps = await cluster.marathon.apps({ under: `/${deployment}` })
    return apps.length > 0 && apps.every((app) => app.tasksRunning === app.instances)
  }
  assert.ok(await running())
  assert.equal(await containers(), before)
  const again = await rig.kmesos(['deploy'])
  assertWell(again, 'deploy')
  assert.not.ok(changedBy(again), again.stdout)
  assert.equal(await containers(), before)
})

const endings: Readonly<Record<string, () => Promise<void>>> = {
  'lost its power': () => rig.lab.kill(rig.host),
  'was shut down in order': () => rig.lab.down(rig.host),
}

for (const [what, end] of Object.entries(endings)) {
  test(`a host that ${what} comes back by itself, down to a token`, async () => {
    const [names, once] = [registered(), doneOnce(cluster)]
    const sessionsAreChecked = await leaveCanary(what.split(' ').join('-'))
    await end()
    await rig.lab.up(rig.host, 11)
    const bootedAt = Date.now()
    await sessionsAreChecked()
    await cluster.until('all are registered anew', () => isAnew(names), 2 * minute)
    await token()
    console.log(`a token ${Math.round((Date.now() - bootedAt) / 1000)} s after the boot`)
    assert.equal(doneOnce(cluster), once)
    await assertAllReady()
  })
}

test('bootstrap and deploy find nothing to change after all that', async () => {
  const before = await containers()
  for (const words of [['bootstrap'], ['deploy']]) {
    const end = await rig.kmesos(words)
    assertWell(end, words.join(' '))
    assert.not.ok(changedBy(end), end.stdout)
  }
  assert.equal(await containers(), before)
})

test.run()
