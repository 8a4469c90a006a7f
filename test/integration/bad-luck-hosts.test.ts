import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { allInOne, openBadLuckLab, type BadLuckLab } from '../support/bad-luck-lab.ts'
import { assertFailure } from '../support/kmesos-program.ts'

const test = suite('hosts that are not as they should be')
let rig: BadLuckLab
const [aio, bare, masked] = [11, 12, 13]
/** Nobody. */
const nobody = 99

test.before(async () => {
  rig = await openBadLuckLab('bad-hosts', 7)
  const { lab } = rig
  await lab.up('aio', aio, {
    images: ['zookeeper', 'engine'],
    users: [
      { name: 'plain', password: 'plain-word', sudo: 'none' },
      { name: 'asks', password: 'asks-word', sudo: 'password' },
    ],
  })
  await lab.up('bare', bare, { docker: 'absent' })
  await lab.up('masked', masked, { docker: 'masked' })
  await Promise.all(['aio', 'bare', 'masked'].map((name) => lab.waitReady(name)))
})
test.after(() => rig.close())

async function assertUntouched(host: string): Promise<void> {
  const found = await rig.on(
    host,
    'ls -d /opt/kmesos /var/lib/kmesos /tmp/kmesos* 2>/dev/null; docker ps -aq',
  )
  assert.is(found.trim(), '', `left on ${host}`)
}

test('nobody answers at the address', async () => {
  const end = await rig.kmesos.run(['bootstrap', ...allInOne, ...(await rig.reach(nobody))])
  assertFailure(end, {
    code: 4,
    says: [`cannot open SSH to aio (root@${rig.lab.address(nobody)}:22): no route to the host`],
    hint: 'check the address (ansible_host)',
  })
  assert.match(end.stdout, '1 host cannot be reached')
})

test('nothing listens on the port', async () => {
  const end = await rig.kmesos.run(['ping', 'all', ...(await rig.reach(aio, { ansible_port: '2' }))])
  assert.is(end.code, 4)
  assert.match(end.stdout, /\[aio\].*:2\): connection refused/)
  assert.match(end.stdout + end.stderr, 'ansible_port')
})

test('the key is missing, is not the right one, or may be read by nobody', async () => {
  const file = join(rig.kmesos.folder, 'other-key')
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  const wrong = await rig.reach(aio, { ansible_ssh_private_key_file: file })
  assertFailure(await rig.kmesos.run(['bootstrap', ...allInOne, ...wrong]), {
    code: 4,
    says: [`user root was refused: tried key ${file}`],
    hint: 'authorized_keys',
  })
  const missing = await rig.reach(aio, { ansible_ssh_private_key_file: `${file}-none` })
  assertFailure(await rig.kmesos.run(['bootstrap', ...allInOne, ...missing]), {
    code: 4,
    says: [`cannot log in to aio: the key ${file}-none does not exist`],
    hint: 'ansible_ssh_private_key_file',
  })
})

test('a changed host key is refused, and ssh-keygen -R as told lets us in again', async () => {
  const other = join(rig.kmesos.folder, 'other-host')
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', other])
  const { stdout } = await promisify(execFile)('cut', ['-d ', '-f1,2', `${other}.pub`])
  const known = await rig.kmesos.write('.ssh/known_hosts', `${rig.lab.address(aio)} ${stdout}`)
  const reach = await rig.reach(aio)
  assertFailure(await rig.kmesos.run(['bootstrap', ...allInOne, ...reach]), {
    code: 4,
    says: ['the host key of aio', 'has changed: it shows ssh-ed25519 SHA256:', `${known}:1`],
    hint: `ssh-keygen -f ${known} -R ${rig.lab.address(aio)}`,
  })
  await promisify(execFile)('ssh-keygen', ['-f', known, '-R', rig.lab.address(aio)])
  assert.is((await rig.kmesos.run(['ping', 'all', ...reach])).code, 0)
  await rm(join(rig.kmesos.folder, '.ssh'), { recursive: true })
})

test('sudo wants a password that nobody gave: told before any change', async () => {
  const reach = await rig.reach(aio, { ansible_user: 'asks' })
  assertFailure(await rig.kmesos.run(['bootstrap', ...allInOne, ...reach]), {
    code: 3,
    says: [
      'aio: cannot become root: sudo wants a password and none was given: give it with --ask-become-pass',
    ],
  })
  await assertUntouched('aio')
})

test('a wrong sudo password, and a user who may not sudo, are told as such', async () => {
  for (const [user, password, says] of [
    [
      'asks',
      'not-the-one',
      /aio: cannot become root: sudo says that the password is wrong: it was given once only/,
    ],
    [
      'plain',
      'plain-word',
      /aio: cannot become root: sudo does not allow it to this user: add the user to sudoers/,
    ],
  ] as const) {
    const reach = await rig.reach(aio, { ansible_user: user, ansible_become_password: password })
    const end = await rig.kmesos.run(['bootstrap', ...allInOne, ...reach])
    assertFailure(end, { code: 3, says: [says] })
    assert.not.match(end.stdout + end.stderr, password)
  }
  await assertUntouched('aio')
})

test('a port in use is told before any change, with who holds it', async () => {
  await rig.on('aio', 'systemd-run --quiet --unit=holder nc -l -k -p 2181')
  await rig.on('aio', 'until ss -ltn | grep -q :2181; do sleep 0.05; done')
  const end = await rig.kmesos.run(['bootstrap', ...allInOne, ...(await rig.reach(aio))])
  await rig.on('aio', 'systemctl stop holder')
  assertFailure(end, {
    code: 3,
    says: [
      /aio: port 2181, which zookeeper needs, is held by the process nc \(pid \d+\): stop it, or set another port/,
    ],
  })
  await assertUntouched('aio')
})

test('Docker that cannot be installed ends with what apt-get says', async () => {
  await rig.on(
    'bare',
    'dpkg --purge --force-all docker.io; rm -f /etc/apt/sources.list.d/* /etc/apt/sources.list',
  )
  await rig.on('bare', 'rm -rf /var/lib/apt/lists/* /var/cache/apt/*')
  const words = ['bootstrap', ...allInOne, ...(await rig.reach(bare))]
  assertFailure(await rig.kmesos.run(words), {
    code: 3,
    says: [/aio: has no images kmesos\/zookeeper:local, kmesos\/engine:local, and image_source is local/],
  })
  const end = await rig.kmesos.run([...words, '--skip-checks', 'images'])
  assertFailure(end, { code: 1, says: ['aio (failed)'], hint: 'run the same command again' })
  assert.match(end.stdout, /install Docker where there is none: install docker\.io: exit code 100/)
  assert.match(end.stdout, /docker\.io/)
})

test('a masked Docker is not forced, and the way out is told', async () => {
  const reach = await rig.reach(masked)
  const end = await rig.kmesos.run(['bootstrap', ...allInOne, ...reach])
  assertFailure(end, { code: 1, says: ['aio (failed)'] })
  assert.match(end.stdout, 'the Docker daemon does not run, and its service is masked')
  assert.match(end.stdout, 'systemctl unmask docker.service')
})

test('a Docker that is too old is told before any change', async () => {
  const fake = `#!/bin/sh
case "$1" in version) case "$*" in *APIVersion*) echo "19.03.1 1.40" ;; *) echo 19.03.1 ;; esac ;; info) echo "1 cgroupfs" ;; esac
`
  const put = `mv /usr/bin/docker /usr/bin/docker.real; cat > /usr/bin/docker <<'END'\n${fake}END\nchmod 755 /usr/bin/docker`
  await rig.on('aio', put)
  const end = await rig.kmesos.run(['bootstrap', ...allInOne, ...(await rig.reach(aio))])
  await rig.on('aio', 'mv /usr/bin/docker.real /usr/bin/docker')
  assertFailure(end, { code: 3, says: ['aio: Docker 19.03.1 is too old: 20.10 or newer is needed'] })
  await assertUntouched('aio')
})

test('an image that is missing is named with the ways to get it', async () => {
  const overrides = await rig.kmesos.write(
    'missing.yml',
    'image_overrides: {zookeeper: "kmesos/none:local"}\n',
  )
  const words = ['bootstrap', ...allInOne, ...(await rig.reach(aio)), '-e', `@${overrides}`]
  assertFailure(await rig.kmesos.run(words), {
    code: 3,
    says: ['aio: has no image kmesos/none:local, and image_source is local: bring it there'],
  })
  await assertUntouched('aio')
  const end = await rig.kmesos.run([...words, '--skip-checks', 'images'])
  assertFailure(end, { code: 1, says: ['aio (failed)'] })
  assert.match(end.stdout, 'image kmesos/none:local is not on aio, and its source is local')
  assert.match(end.stdout, 'image_source: registry')
  assert.is((await rig.on('aio', 'docker ps -aq')).trim(), '')
})

test('a full disk leaves nothing half-written, and says what is full', async () => {
  await rig.on('aio', 'mkdir -p /opt/kmesos && mount -t tmpfs -o size=8m tmpfs /opt/kmesos')
  const reach = await rig.reach(aio)
  const end = await rig.kmesos.run(['bootstrap', ...allInOne, ...reach])
  const leftovers = 'find /opt/kmesos /tmp -mindepth 1 -name "*kmesos-*"'
  const left = await rig.on('aio', `${leftovers}; umount /opt/kmesos`)
  assertFailure(end, { code: 1, says: ['aio (failed)'], hint: 'what is done stays done' })
  assert.match(end.stdout, /start-agent.*kmesos-start with its Node runtime/)
  assert.match(end.stdout, 'No space left on device')
  assert.is(left.trim(), '')
})

test('SIGINT in the middle says how to go on; the same command then ends, and once more changes nothing', async () => {
  const words = ['bootstrap', ...allInOne, ...(await rig.reach(aio))]
  const run = rig.kmesos.start(words)
  await run.says(/changed: start-agent : folder of kmesos-start/)
  run.process.kill('SIGINT')
  const end = await run.ended
  assertFailure(end, { code: 130, says: ['stopping; what runs is finished first', 'interrupted by SIGINT'] })
  assert.match(end.stderr, 'hint: run the same command again to go on')
  const again = await rig.kmesos.run(words)
  assert.is(again.code, 0, again.stdout + again.stderr)
  const third = await rig.kmesos.run(words)
  assert.is(third.code, 0)
  assert.match(third.stdout, 'nothing changed')
})

test('one dead host does not keep another from being done, and the recap tells of both', async () => {
  const [, alive = ''] = await rig.reach(aio, {}, 'alive')
  const [, dead = ''] = await rig.reach(nobody, {}, 'dead')
  const play = '- hosts: all\n  tasks:\n    - name: mark\n      copy: { dest: /root/mark, content: done }\n'
  const file = await rig.kmesos.write('play.yml', play)
  const end = await rig.kmesos.run(['play', file, '-i', alive, '-i', dead])
  assertFailure(end, {
    code: 4,
    says: ['failed on 1 of 2 hosts: dead (unreachable)'],
    hint: 'the same command with --limit @',
  })
  assert.match(end.stdout, /^alive\s+ok=.*changed=1/m)
  assert.match(end.stdout, /^dead\s.*unreachable/m)
  assert.is(await rig.on('aio', 'cat /root/mark'), 'done')
})

test('a bootstrap that finds one of two hosts dead changes nothing on the other; --limit goes on without it', async () => {
  const [, dead = ''] = await rig.reach(nobody, {}, 'dead')
  const setting = ['-e', 'zookeeper_tick_time=1500']
  const words = ['bootstrap', ...allInOne, ...(await rig.reach(aio)), '-i', dead, ...setting]
  const container = 'docker inspect -f {{.Id}} zookeeper'
  const before = await rig.on('aio', container)
  assertFailure(await rig.kmesos.run(words), {
    code: 4,
    says: [`cannot open SSH to dead (root@${rig.lab.address(nobody)}:22): no route to the host`],
  })
  assert.is(await rig.on('aio', container), before)
  const limited = await rig.kmesos.run([...words, '--limit', 'aio'])
  assert.is(limited.code, 0, limited.stdout + limited.stderr)
  assert.is.not(await rig.on('aio', container), before)
})

test.run()
