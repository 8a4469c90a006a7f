import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allInOne, openBadLuckLab, type BadLuckLab } from '../support/bad-luck-lab.ts'
import { assertFailure, type ProgramEnd } from '../support/kmesos-program.ts'
import { writeNeverReady } from '../support/never-ready.ts'

const test = suite('services that do not get ready, and servers that do not answer')
let rig: BadLuckLab
let site: readonly string[]

test.before(async () => {
  rig = await openBadLuckLab('bad-services', 9)
  await rig.lab.up('aio', 11, { images: ['zookeeper', 'engine', 'memcached'] })
  await rig.lab.waitReady('aio')
  const base = await writeNeverReady(rig.kmesos.folder)
  const reach = await rig.reach(11)
  const bootstrap = await rig.kmesos.run(['bootstrap', ...allInOne, ...reach])
  assert.is(bootstrap.code, 0, bootstrap.stdout + bootstrap.stderr)
  site = [...allInOne, ...reach, '--base', base]
  const init = await rig.kmesos.run(['password', 'init', ...site])
  assert.is(init.code, 0, init.stdout + init.stderr)
})
test.after(() => rig.close())

function deploy(profile: string, ...more: readonly string[]): Promise<ProgramEnd> {
  return rig.kmesos.run(['deploy', ...site, '--profile', profile, ...more])
}

test('nothing is deployed yet, and why says so', async () => {
  assertFailure(await rig.kmesos.run(['why', 'good', ...site]), {
    code: 2,
    says: ['good is not deployed: the deployment openstack has no services yet'],
    hint: 'run kmesos deploy',
  })
})

test('a daemon that never gets ready is the root blocker, with its last lines, and not each that waits', async () => {
  const end = await deploy('mute', '--wait', '8')
  assertFailure(end, {
    code: 7,
    says: [
      '2 of 2 services not ready in 8.0 s: after, mute',
      /mute\/daemon on aio since .*not ready within 3 s: connect ECONNREFUSED 127\.0\.0\.1:9/,
      '| the vault is closed',
    ],
    hint: 'kmesos why mute; kmesos logs mute; then deploy again',
  })
  assert.not.match(end.stderr, 'after/daemon')
  assert.not.ok((await readdir(join(rig.kmesos.folder, '.kmesos'))).includes('openrc'))
  const why = await rig.kmesos.run(['why', 'after', ...site])
  assert.match(why.stdout, /^after\/daemon on aio .*waits for mute\/daemon/m)
  assert.match(why.stdout, /^ {2}mute\/daemon on aio/m)
})

test('a one-time command that fails ends the deploy at once, with its last lines', async () => {
  const end = await deploy('broken', '--wait', '120')
  assertFailure(end, {
    code: 1,
    says: [
      'broken/migrate has failed and used up all retries',
      /broken\/migrate on aio since .*attempt 2: exit code 4/,
      '| schema 12 is newer than 11',
    ],
    hint: 'kmesos why broken',
  })
  assert.ok(end.seconds < 60, `${end.seconds} s`)
})

test('an image that is nowhere is named, with what Docker says', async () => {
  const file = await rig.kmesos.write('ghost.yml', 'image_overrides: {memcached: "kmesos/ghost:local"}\n')
  assertFailure(await deploy('good', '--wait', '6', '-e', `@${file}`), {
    code: 7,
    says: [/good\/daemon.*Failed to pull image 'kmesos\/ghost:local'/],
    hint: 'kmesos why good',
  })
})

test('the next correct deploy works, and once more changes nothing', async () => {
  const end = await deploy('good')
  assert.is(end.code, 0, end.stdout + end.stderr)
  const again = await deploy('good')
  assert.is(again.code, 0)
  assert.match(again.stdout, 'nothing changed')
})

test('a second operator is refused by the name of the first; SIGINT frees the lock at once', async () => {
  const first = rig.kmesos.start(['deploy', ...site, '--profile', 'mute', '--wait', '100'])
  await first.says(/mute\/daemon: starting/)
  const second = await deploy('good')
  assertFailure(second, {
    code: 6,
    says: [new RegExp(`locked by \\w+ on .* \\(process ${first.process.pid}\\) since .*: kmesos deploy`)],
    hint: 'wait until that command has ended, or end it',
  })
  first.process.kill('SIGINT')
  assertFailure(await first.ended, { code: 130, says: ['interrupted by SIGINT'] })
  const third = await deploy('good')
  assert.is(third.code, 0, third.stdout + third.stderr)
  assert.not.match(third.stdout, 'waiting for the lock')
})

test('Marathon that does not answer is told before anything is changed', async () => {
  await rig.on('aio', 'docker stop kmesos_engine')
  const end = await deploy('mute', '--wait', '5')
  await rig.on('aio', 'docker start kmesos_engine')
  assertFailure(end, {
    code: 4,
    says: [`cannot reach Marathon at http://${rig.lab.address(11)}:8080: connect ECONNREFUSED`],
    hint: 'check that Marathon (or kmesos engine) runs',
  })
  assert.not.match(end.stdout, /^(create|update):/m)
})

test('ZooKeeper that does not answer is told by its addresses; running services are left alone', async () => {
  const tasks = 'docker ps -q --filter label=MESOS_TASK_ID'
  const before = await rig.on('aio', tasks)
  await rig.on('aio', 'docker stop -t 2 zookeeper')
  const end = await deploy('good')
  const during = await rig.on('aio', tasks)
  await rig.on('aio', 'docker start zookeeper')
  assertFailure(end, {
    code: 4,
    says: [`no ZooKeeper server answers at ${rig.lab.address(11)}:2181`, 'ECONNREFUSED'],
    hint: 'a majority of the ZooKeeper servers is running',
  })
  assert.is.not(before.trim(), '')
  assert.is(during, before)
})

test('after all of that a deploy ends well', async () => {
  const end = await deploy('good')
  assert.is(end.code, 0, end.stdout + end.stderr)
})

test.run()
