import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCluster, type Cluster } from '../support/cluster.ts'

/** `kmesos bootstrap` of 3 masters and 3 more slaves: the whole cluster answers as Mesos, Marathon and ZooKeeper do. */
const test = suite('bootstrap of a cluster')
let cluster: Cluster
/** A control host whose Marathon is up when another has been killed. */
let survivor = ''

test.before(async () => {
  cluster = await openCluster({ name: 'cluster', number: 130 })
})
test.after(() => cluster.close())

interface SlavesAnswer {
  readonly slaves: readonly {
    readonly id: string
    readonly hostname: string
    readonly active: boolean
    readonly attributes: Readonly<Record<string, string>>
    readonly resources: { readonly ports: string }
  }[]
}

const master = (host: string, path: string): string => `http://${cluster.address(host)}:5050${path}`
const marathon = (host: string, path: string): string => `http://${cluster.address(host)}:8080${path}`

/** Asks any master that is up; those that do not lead send us on. */
async function slaves(): Promise<SlavesAnswer['slaves']> {
  const asked = cluster.controls.map((host) => cluster.json<SlavesAnswer>(master(host, '/slaves')))
  return (await Promise.any(asked)).slaves
}

const activeSlaves = async (): Promise<number> => (await slaves()).filter(({ active }) => active).length

const patientMs = 120_000
const pauseMs = 200

/**
 * Asks until it is answered: on a machine that is slow for a while leaders lose their sessions, end as the real ones do and
 * are started again. The pause leaves the cores to the cluster.
 */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patientMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(pauseMs)
    }
  }
}

const later = (condition: () => Promise<boolean>): Promise<void> =>
  answered(async () => {
    if (!(await condition())) throw new Error(`not within ${patientMs} ms: ${condition.toString()}`)
  })

async function leadingMaster(): Promise<string> {
  for (const host of cluster.controls) {
    const metrics = await cluster
      .json<Record<string, number>>(master(host, '/metrics/snapshot'))
      .catch(() => undefined)
    if (metrics?.['master/elected'] === 1) return host
  }
  throw new Error('no master leads')
}

test('brings up ZooKeeper, masters, slaves and Marathon on six hosts', async () => {
  const end = await cluster.run(['bootstrap', '--output', 'json'])
  assert.is(end.code, 0, end.stdout.slice(-4000) + end.stderr)
  await later(async () => (await activeSlaves()) === 6)
  console.log(`six hosts in ${end.seconds.toFixed(1)} s`)
})

test('the ensemble knows its members, each by its own number', async () => {
  for (const [index, host] of cluster.controls.entries()) {
    const env = await cluster.sh(
      host,
      "docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' zookeeper",
    )
    assert.match(env, `ZOO_MY_ID=${index + 1}\n`)
    for (const [place, member] of cluster.controls.entries())
      assert.match(env, `server.${place + 1}=${cluster.address(member)}:2888:3888;2181`)
  }
})

test('the quorum of three masters is two, all have recovered and one leads', async () => {
  const all = (): Promise<readonly Record<string, number>[]> =>
    Promise.all(
      cluster.controls.map((host) => cluster.json<Record<string, number>>(master(host, '/metrics/snapshot'))),
    )
  await later(async () => {
    const metrics = await all()
    const sum = (name: string): number => metrics.reduce((total, one) => total + (one[name] ?? 0), 0)
    return sum('registrar/log/recovered') === 3 && sum('master/elected') === 1
  })
  for (const host of cluster.controls) {
    const { flags } = await answered(() =>
      cluster.json<{ flags: Record<string, string> }>(master(host, '/flags')),
    )
    assert.is(flags['quorum'], '2')
  }
})

test('slaves have the attributes of their groups, and ports that cover the services', async () => {
  await later(async () => (await activeSlaves()) === 6)
  const byHost = new Map((await answered(slaves)).map((slave) => [slave.hostname, slave]))
  const control = byHost.get(cluster.address('control1'))
  const compute = byHost.get(cluster.address('compute3'))
  assert.equal(Object.keys(control?.attributes ?? {}).sort(), ['control', 'controller', 'network'])
  assert.equal(Object.keys(compute?.attributes ?? {}).sort(), ['compute', 'storage'])
  const ranges = [...(control?.resources.ports ?? '').matchAll(/(\d+)-(\d+)/g)].map((found) => [
    Number(found[1]),
    Number(found[2]),
  ])
  const covered = (port: number): boolean =>
    ranges.some(([first = 0, last = 0]) => port >= first && port <= last)
  for (const port of [3306, 5000, 11_211, 8774, 9696]) assert.ok(covered(port), `port ${port}`)
  for (const port of [2181, 5050, 5051, 8080, 2888, 3888]) assert.not(covered(port), `port ${port}`)
})

test('a second run changes nothing', async () => {
  const end = await cluster.run(['bootstrap', '--output', 'json'])
  assert.is(end.code, 0, end.stderr)
  assert.match(end.stdout, /"kind":"run-ended"[^\n]*"changed":false/)
})

const app = {
  id: '/sleeper',
  cmd: 'sleep 3600',
  instances: 2,
  cpus: 0.1,
  mem: 32,
  constraints: [
    ['hostname', 'UNIQUE'],
    ['storage', 'LIKE', 'true'],
  ],
  container: { type: 'DOCKER', docker: { image: 'kmesos/zookeeper:local' } },
  networks: [{ mode: 'host' }],
}

interface AppAnswer {
  readonly app: { readonly tasks: readonly { id: string; host: string; state: string }[] }
}

async function runningTasks(host: string): Promise<AppAnswer['app']['tasks']> {
  const { app: found } = await cluster.json<AppAnswer>(marathon(host, '/v2/apps/sleeper'))
  return found.tasks.filter(({ state }) => state === 'TASK_RUNNING')
}

const twoTasks = (host: string): Promise<AppAnswer['app']['tasks']> =>
  answered(async () => {
    const found = await runningTasks(host)
    if (found.length !== 2) throw new Error(`${found.length} of 2 tasks run`)
    return found
  })

test('any Marathon takes an app; its tasks run as containers of the hosts that it names', async () => {
  const post = async (): Promise<number> => {
    const { status } = await fetch(marathon('control3', '/v2/apps'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(app),
      signal: AbortSignal.timeout(30_000),
    })
    if (status >= 500) throw new Error(`POST of an app: ${status}`)
    return status
  }
  // 409: an earlier one had arrived, whose answer was lost with the leader.
  assert.ok([201, 409].includes(await answered(post)))
  await later(async () => (await runningTasks('control2')).length === 2)
  const computes = cluster.computes.map((host) => cluster.address(host))
  const used = (await twoTasks('control1')).map(({ host }) => host)
  assert.is(new Set(used).size, 2)
  assert.ok(used.every((host) => computes.includes(host)))
})

test('tasks go on when the leading Marathon and the leading master end', async () => {
  const before = (await twoTasks('control1')).map(({ id }) => id).sort()
  const { leader } = await answered(() =>
    cluster.json<{ leader: string }>(marathon('control1', '/v2/leader')),
  )
  const leading = cluster.controls.find((host) => leader === `${cluster.address(host)}:8080`) ?? ''
  const elected = await answered(leadingMaster)
  await cluster.sh(leading, 'docker kill -s KILL marathon')
  await cluster.sh(elected, 'docker kill -s KILL mesos_master')
  survivor = cluster.controls.find((host) => host !== leading) ?? ''
  await later(async () => {
    const now = await cluster.json<{ leader: string }>(marathon(survivor, '/v2/leader'))
    return now.leader !== leader && (await runningTasks(survivor)).length === 2
  })
  await later(async () => (await leadingMaster()) !== elected && (await activeSlaves()) === 6)
  assert.equal((await twoTasks(survivor)).map(({ id }) => id).sort(), before)
})

test('a slave that is started again takes its containers over, under its old id', async () => {
  const used = (await twoTasks(survivor)).map((task) => task.host)
  const host = cluster.computes.find((name) => used.includes(cluster.address(name))) ?? ''
  const idOf = async (): Promise<string | undefined> =>
    (await answered(slaves)).find((slave) => slave.hostname === cluster.address(host))?.id
  const list = 'docker ps -q --no-trunc --filter name=mesos-'
  const containers = await cluster.sh(host, list)
  assert.match(containers, /^[0-9a-f]{64}\n$/)
  const id = await idOf()
  await cluster.sh(host, 'docker restart -t 5 mesos_slave')
  await later(async () => {
    const url = `http://${cluster.address(host)}:5051/metrics/snapshot`
    const metrics = await cluster.json<Record<string, number>>(url)
    return metrics['slave/registered'] === 1 && metrics['slave/executors_running'] === 1
  })
  await later(async () => (await activeSlaves()) === 6)
  assert.is(await cluster.sh(host, list), containers)
  assert.is(await idOf(), id)
})

test.run()
