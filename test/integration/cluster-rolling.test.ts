import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBadLuckLab, type BadLuckLab } from '../support/bad-luck-lab.ts'
import { assertFailure, type ProgramEnd } from '../support/kmesos-program.ts'
import { startWriter, type TestWriter } from '../support/zookeeper-writer.ts'

/** Three real ZooKeepers, each on a host of its own, whose settings change while somebody writes. */
const test = suite('rolling change of an ensemble')
const octets = { zk1: 11, zk2: 12, zk3: 13 } as const
type HostName = keyof typeof octets
const hosts = Object.keys(octets) as readonly HostName[]
let rig: BadLuckLab
let inventory: string
let writer: TestWriter | undefined

test.before(async () => {
  rig = await openBadLuckLab('rolling', 135)
  const { lab } = rig
  for (const host of hosts) {
    const images = host === 'zk1' ? (['zookeeper', 'engine'] as const) : (['zookeeper'] as const)
    await lab.up(host, octets[host], { images: [...images] })
  }
  await Promise.all(hosts.map((host) => lab.waitReady(host)))
  const lines = [
    '[zookeeper]',
    ...hosts.map((host) => `${host} ansible_host=${lab.address(octets[host])}`),
    '[marathon]\nzk1\n[mesos-slave]\nzk1\n[controller]\nzk1',
    '[all:vars]\nansible_user=root\nengine=embedded\nimage_source=local\nzookeeper_heap=128',
    `ansible_ssh_private_key_file=${lab.privateKeyFile}`,
  ]
  inventory = await rig.kmesos.write('cluster', `${lines.join('\n')}\n`)
})
test.after(async () => {
  await writer?.stop().catch(() => undefined)
  await rig.close()
})

const words = (...more: readonly string[]): readonly string[] => ['bootstrap', '-i', inventory, ...more]

function assertDone(end: ProgramEnd): void {
  assert.is(end.code, 0, `${end.stdout}\n${end.stderr}`)
}

async function modeOf(host: HostName): Promise<string> {
  const text = await rig.on(host, `bash -c 'exec 3<>/dev/tcp/127.0.0.1/2181; printf srvr >&3; cat <&3'`)
  return /^Mode: (\w+)/m.exec(text)?.[1] ?? 'none'
}

/** Milliseconds at which the container of a host ended, since the mark. */
async function endsOf(host: HostName, since: number): Promise<readonly number[]> {
  const until = Math.ceil(Date.now() / 1000)
  const text = await rig.on(
    host,
    `docker events --since ${Math.floor(since / 1000)} --until ${until} --filter container=zookeeper --filter event=die --format '{{.TimeNano}}'`,
  )
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line) / 1e6)
    .filter((at) => at >= since)
}

/** Milliseconds at which the present container of a host said that it serves, as ZooKeeper tells in its log. */
async function servedAt(host: HostName): Promise<number> {
  const text = await rig.on(
    host,
    'docker logs --timestamps zookeeper 2>&1 | grep -E "Peer state changed: (following|leading) - broadcast"',
  )
  const first = text.split('\n')[0]?.split(' ')[0] ?? ''
  assert.not.equal(first, '', `${host} never served`)
  return Date.parse(first)
}

/** The third one is dead by then. */
async function startsOf(): Promise<readonly string[]> {
  return Promise.all(
    hosts.slice(0, 2).map((host) => rig.on(host, "docker inspect --format '{{.State.StartedAt}}' zookeeper")),
  )
}

test('three members that never stood start together; a second run changes nothing', async () => {
  assertDone(await rig.kmesos.run(words()))
  const modes = await Promise.all(hosts.map(modeOf))
  assert.equal([...modes].sort(), ['follower', 'follower', 'leader'])
  const again = await rig.kmesos.run(words())
  assertDone(again)
  assert.match(again.stdout, 'nothing changed')
})

test('a changed setting: one member at a time, each in sync before the next, the leader last, no write lost', async () => {
  const modes = await Promise.all(hosts.map(modeOf))
  const leader = hosts[modes.indexOf('leader')]
  writer = await startWriter(hosts.map((host) => `${rig.lab.address(octets[host])}:2181`).join(','))
  await writer.acknowledged(50)
  const mark = Date.now()
  assertDone(await rig.kmesos.run(words('-e', 'zookeeper_max_client_connections=900')))
  await writer.acknowledged(50)
  const lost = await writer.stop()
  const count = writer.count()
  writer = undefined
  const turns = (
    await Promise.all(
      hosts.map(async (host) => ({ host, ends: await endsOf(host, mark), back: await servedAt(host) })),
    )
  ).sort((a, b) => (a.ends[0] ?? 0) - (b.ends[0] ?? 0))
  for (const { host, ends } of turns) assert.is(ends.length, 1, `${host} ended ${ends.length} times`)
  assert.is(turns.at(-1)?.host, leader)
  for (const [index, turn] of turns.slice(1).entries()) {
    const before = turns[index]
    assert.ok(
      before && before.back < (turn.ends[0] ?? 0),
      `${turn.host} went before ${before?.host} was back: ${JSON.stringify(turns)}`,
    )
  }
  console.log(`NOTE ${count} writes were acknowledged through the change`)
  assert.equal(lost, [])
})

test('kmesos killed in the middle of a turn: the next run goes on, and then nothing is left to do', async () => {
  const settings = ['-e', 'zookeeper_max_client_connections=800']
  const running = rig.kmesos.start(words(...settings))
  await running.says(/ZooKeeper: change zk/)
  running.process.kill('SIGKILL')
  await running.ended
  assertDone(await rig.kmesos.run(words(...settings)))
  const again = await rig.kmesos.run(words(...settings))
  assertDone(again)
  assert.match(again.stdout, 'nothing changed')
  for (const host of hosts) {
    const env = await rig.on(host, "docker inspect --format '{{.Config.Env}}' zookeeper")
    assert.match(env, 'ZOO_MAX_CLIENT_CNXNS=800')
  }
})

test('all stopped: they start together', async () => {
  await Promise.all(hosts.map((host) => rig.on(host, 'docker stop zookeeper')))
  const end = await rig.kmesos.run(words('-e', 'zookeeper_max_client_connections=800'))
  assertDone(end)
  assert.match(end.stdout, /ZooKeeper: (?:start|create) zk1, zk2, zk3/)
})

test('one of three is dead: the others are not touched, with the numbers and exit code 5', async () => {
  await rig.lab.kill('zk3')
  const before = await startsOf()
  const end = await rig.kmesos.run(words('-e', 'zookeeper_max_client_connections=700', '--limit', 'zk1,zk2'))
  assertFailure(end, {
    code: 5,
    says: [/2 of 3 members of zookeeper answer in sync, 2 needed; changing zk[12] would leave 1/],
    hint: /bring back zk3 \(unreachable\) first; nothing was changed/,
  })
  assert.equal(await startsOf(), before)
})

test.run()
