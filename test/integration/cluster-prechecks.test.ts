import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBadLuckLab, type BadLuckLab } from '../support/bad-luck-lab.ts'
import { assertFailure, type ProgramEnd } from '../support/kmesos-program.ts'

/** `kmesos check` on three hosts: what a cluster would suffer from is told of all of them in one run, and nothing is changed. */
const test = suite('the checks before a cluster is made')
const octets = { c1: 11, c2: 12, c3: 13 }
const hosts = Object.keys(octets)
let rig: BadLuckLab
let inventory: readonly string[]

test.before(async () => {
  rig = await openBadLuckLab('prechecks', 140)
  for (const [name, octet] of Object.entries(octets)) await rig.lab.up(name, octet, { docker: 'absent' })
  await Promise.all(hosts.map((name) => rig.lab.waitReady(name)))
  inventory = await written()
})
test.after(() => rig.close())

/** The three hosts in all groups; `more` are words of their own on a host's line. */
async function written(more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const lines = Object.entries(octets).map(
    ([name, octet]) => `${name} ansible_host=${rig.lab.address(octet)} ${more[name] ?? ''}`,
  )
  const groups = ['zookeeper', 'mesos-master', 'mesos-slave', 'marathon', 'controller', 'compute']
  const login = [
    '[all:vars]',
    'image_source=registry',
    'ansible_user=root',
    `ansible_ssh_private_key_file=${rig.lab.privateKeyFile}`,
  ]
  const members = groups.flatMap((group) => [`[${group}]`, ...hosts])
  const file = await rig.kmesos.write(`cluster-${++count}`, [...lines, ...members, ...login, ''].join('\n'))
  return ['-i', file]
}
let count = 0

const check = (...words: readonly string[]): Promise<ProgramEnd> => rig.kmesos.run(['check', ...words])

/** What a check may not change: the lists of packages, of files of ours, and of programs that go on running. */
async function traces(host: string): Promise<string> {
  return await rig.on(
    host,
    'ls -d /opt/kmesos /var/lib/kmesos /etc/kmesos /tmp/* 2>/dev/null; dpkg -l | cksum',
  )
}

test('three good hosts fit, and nothing is left on them', async () => {
  const before = await Promise.all(hosts.map(traces))
  const end = await check(...inventory)
  assert.is(end.code, 0, end.stdout + end.stderr)
  assert.match(end.stdout, '3 hosts fit')
  assert.equal(await Promise.all(hosts.map(traces)), before)
})

test('all faults of all hosts are told at once, each with the way out', async () => {
  const oneId = 'echo 0123456789abcdef0123456789abcdef > /etc/machine-id'
  await rig.on('c1', oneId)
  await rig.on('c2', `${oneId}; ip link set eth0 mtu 1400; hostname c1; echo '127.0.1.1 c1' >> /etc/hosts`)
  await rig.on('c3', 'systemd-run --quiet --unit=holder nc -l -k -p 5050')
  await rig.on('c3', 'until ss -ltn | grep -q :5050; do sleep 0.05; done')
  await rig.on('c3', `ip route add unreachable ${rig.lab.address(octets.c1)}/32`)
  const end = await check(...(await written({ c2: 'kmesos_address=192.0.2.44' })))
  assertFailure(end, {
    code: 3,
    says: [
      /c2: its components are to listen on 192\.0\.2\.44, which is none of its addresses: set kmesos_address to one of them/,
      /c3: port 5050, which mesos_master needs, is held by the process nc \(pid \d+\): stop it, or set another port/,
      new RegExp(`c3: has no route to ${rig.lab.address(octets.c1).replaceAll('.', '\\.')}`),
      'c1, c2: have the machine id 0123456789abcdef0123456789abcdef in common: make new ones',
      'c1, c2: have the host name c1 in common: each host needs its own',
    ],
  })
  const skipped = 'own-address,ports,routes,unique-machine-id,unique-hostname'
  assertFailure(await check(...inventory, '--skip-checks', skipped), {
    code: 3,
    says: [/c2: its interface has MTU 1400, that of c[13] has 1500: give all hosts one MTU/],
  })
  const rest = await check(...inventory, '--skip-checks', skipped, '--skip-checks', 'mtu')
  assert.is(rest.code, 0, rest.stdout + rest.stderr)
})

test('names that hosts do not know, or take for different hosts, are told', async () => {
  await rig.on('c3', 'ip route flush type unreachable; systemctl stop holder')
  const named = await written({ c1: 'kmesos_address=member-one' })
  const skipped = ['--skip-checks', 'mtu,unique-machine-id,unique-hostname']
  await rig.on('c1', `echo '${rig.lab.address(octets.c1)} member-one' >> /etc/hosts`)
  await rig.on('c2', "echo '192.0.2.45 member-one' >> /etc/hosts")
  assertFailure(await check(...named, ...skipped), {
    code: 3,
    says: [
      'c3: cannot resolve member-one: add it to DNS or its /etc/hosts',
      /c1, c2: member-one stands for [\d.]+ \(c\d\) and for [\d.]+ \(c\d\): mend DNS or \/etc\/hosts/,
    ],
  })
})

test('a check that does not exist is a fault of usage, with the nearest one', async () => {
  assertFailure(await check(...inventory, '--skip-checks', 'mtuu'), {
    code: 2,
    says: ['did you mean "mtu"?'],
  })
})

test('--list names each check, without an inventory', async () => {
  const end = await check('--list')
  assert.is(end.code, 0)
  assert.match(end.stdout, /^unique-machine-id\s+no two hosts have one machine id/m)
})

test.run()
