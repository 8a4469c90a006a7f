import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadHierarchies, parseHierarchies } from '../lab/cgroups.ts'
import { ensureRootfs } from '../lab/rootfs.ts'
import { Lab, openLab } from '../lab/lab.ts'
import { loadImages } from '../lab/load-images.ts'
import { answersSsh } from '../lab/probe-host.ts'
import { run, tryRun } from '../lab/run-command.ts'
import { labNames } from '../lab/settings.ts'
import { openTestLab, type TestLab } from '../lab/test-lab.ts'
import { rejects } from '../support/rejects.ts'

const test = suite('lab')
let opened: TestLab
let lab: Lab
let before: Readonly<Record<string, string>>

test.before(async () => {
  opened = await openTestLab('lab', 1)
  lab = opened.lab
  before = await machineState()
  await Promise.all([
    lab.up('h1', 11, { images: ['memcached'] }),
    lab.up('h2', 12, { users: [{ name: 'op', password: 'hush hush', sudo: 'password', authorized: false }] }),
  ])
  await Promise.all([lab.waitReady('h1'), lab.waitReady('h2')])
})

test.after(async () => await opened.close())

/** Everything that a lab could leave on the machine, but for what other labs have there at the time. */
async function machineState(): Promise<Readonly<Record<string, string>>> {
  const state = await wholeState()
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, withoutOtherLabs(value)]))
}

/** Lines that name another lab's link, namespace, cgroup or network. Ours is number 1 of the tests. */
function withoutOtherLabs(value: string): string {
  const other = /kml(?!78-1(?!\d))\d+-\d+|kmesos-lab-(?!78-1(?!\d))\d+-\d+|\b10\.7[78]\.(?!1\.)\d+\./
  return value
    .split('\n')
    .filter((line) => !other.test(line))
    .join('\n')
}

async function wholeState(): Promise<Readonly<Record<string, string>>> {
  const cgroups = await tryRun([
    'find',
    '/sys/fs/cgroup',
    '-maxdepth',
    '4',
    '-type',
    'd',
    '-name',
    '*kmesos*',
  ])
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return {
    links: (await run(['ip', '-o', 'link'])).stdout.replaceAll(/^\d+: /gm, ''),
    addresses: (await run(['ip', '-o', 'address'])).stdout.replaceAll(/^\d+: |_lft \S+/gm, ''),
    routes: (await run(['ip', 'route'])).stdout,
    spaces: (await readdir('/run/netns').catch(() => [])).join('\n'),
    mounts: mounts.replaceAll(/^\d+ \d+ |shared:\d+ /gm, ''),
    cgroups: cgroups.stdout,
    inotify: await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8'),
    forwarding: await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8'),
  }
}

async function text(host: string, script: string): Promise<string> {
  return (await lab.sh(host, ['sh', '-c', script])).stdout.trim()
}

async function ssh(address: string, words: readonly string[], password?: string): Promise<string> {
  const how = password === undefined ? [] : ['sshpass', '-e']
  const options = [
    'UserKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=no',
    'LogLevel=ERROR',
    'ConnectTimeout=5',
  ]
  const settings = options.flatMap((option) => ['-o', option])
  const argv = [...how, 'ssh', ...settings, '-i', lab.privateKeyFile, address, ...words]
  const env = { ...process.env, SSHPASS: password, SSH_AUTH_SOCK: '' }
  return (await run(argv, { env })).stdout.trim()
}

test('a host runs systemd without a failed unit, and answers on its own address', async () => {
  assert.is(await text('h1', 'systemctl is-system-running --wait'), 'running')
  assert.is(await ssh(`root@${lab.address(11)}`, ['hostname']), 'h1')
})

test('each host has a Docker engine and a disk of its own', async () => {
  await lab.sh('h1', ['docker', 'create', '--name', 'only-here', 'kmesos/memcached:local', 'memcached'])
  await lab.sh('h1', ['sh', '-c', 'echo one > /etc/only-here'])
  assert.is(await text('h1', 'docker ps -aq | wc -l'), '1')
  assert.is(await text('h2', 'docker ps -aq | wc -l'), '0')
  assert.is(await text('h2', 'ls /etc/only-here 2>&1 | wc -l; ls /etc | grep -c only-here || true'), '1\n0')
})

test('a seeded image runs, and removing it on one host leaves it to the others', async () => {
  await lab.up('seeded', 13, { images: ['memcached'] })
  await lab.waitReady('seeded')
  await lab.sh('seeded', ['docker', 'rmi', 'kmesos/memcached:local'])
  assert.is(await text('seeded', 'docker images -q | wc -l'), '0')
  const version = 'docker run --rm --network host kmesos/memcached:local memcached -V'
  assert.match(await text('h1', version), /^memcached \d/)
  await lab.remove('seeded')
})

test('an image can be put into a host that runs', async () => {
  await loadImages(lab, 'h2', ['memcached'])
  assert.match(await text('h2', 'docker images'), /kmesos\/memcached +local/)
})

test('a user with a password logs in and becomes root with it', async () => {
  const address = `op@${lab.address(12)}`
  const words = ['echo', 'hush hush', '|', 'sudo', '-S', '-p', "''", 'id', '-un']
  assert.is(await ssh(address, words, 'hush hush'), 'root')
  await rejects(ssh(address, ['true'], 'wrong'), /sshpass/)
  await rejects(ssh(address, ['-o', 'BatchMode=yes', 'true']), /ssh/)
})

test('power off ends containers, keeps the disk, and the host boots again with it', async () => {
  await lab.sh('h1', [
    'docker',
    'run',
    '-d',
    '--restart=always',
    '--name',
    'back',
    '--network',
    'host',
    ...daemon,
  ])
  await lab.kill('h1')
  assert.is((await lab.list()).find(({ name }) => name === 'h1')?.state, 'off')
  assert.not(await answersSsh(lab.address(11)))
  await lab.up('h1', 11)
  await lab.waitReady('h1')
  assert.is(await text('h1', 'cat /etc/only-here'), 'one')
  assert.is(await text('h1', 'docker inspect -f {{.State.Running}} back'), 'true')
})

const daemon = ['kmesos/memcached:local', 'memcached', '-u', 'memcache']

test('an orderly shutdown ends by itself', async () => {
  await lab.down('h1')
  await lab.up('h1', 11)
  await lab.waitReady('h1')
  assert.match(await text('h1', 'docker inspect -f "{{.State.Status}}" only-here'), /created/)
})

test('a cut cable stops packets in both ways until it is joined', async () => {
  const ping = ['ping', '-c', '1', '-W', '1', lab.address(12)]
  await lab.sh('h1', ping)
  await lab.cut('h2')
  assert.is.not((await lab.trySh('h1', ping)).code, 0)
  assert.not(await answersSsh(lab.address(12)))
  await lab.join('h2')
  await lab.sh('h1', ping)
})

test('a frozen host takes connections and says nothing; it goes on, or is powered off', async () => {
  await lab.freeze('h2')
  assert.not(await answersSsh(lab.address(12)))
  await lab.thaw('h2')
  await lab.waitReady('h2')
  await lab.freeze('h2')
  await lab.kill('h2')
  assert.is(await lab.initPid('h2'), undefined)
  await lab.up('h2', 12)
  await lab.waitReady('h2')
})

test('a host can be without Docker, with a Docker that is off, or with a small disk for it', async () => {
  await Promise.all([
    lab.up('none', 21, { docker: 'absent' }),
    lab.up('off', 22, { docker: 'masked' }),
    lab.up('small', 23, { init: 'plain', dockerDisk: '8m' }),
  ])
  await Promise.all(['none', 'off', 'small'].map((name) => lab.waitReady(name)))
  assert.is((await lab.trySh('none', ['docker', 'version'])).code, 127)
  assert.is(await text('none', 'systemctl is-system-running --wait'), 'running')
  assert.match((await lab.trySh('off', ['docker', 'ps'])).stderr, /Cannot connect/)
  assert.is(await text('small', 'df --output=size -k /var/lib/docker | tail -1').then(Number), 8 * 1024)
  await Promise.all(['none', 'off', 'small'].map((name) => lab.remove(name)))
})

test("sshd's settings and its key are the test's to choose", async () => {
  const { stdout: key } = await run([
    'sh',
    '-c',
    'd=$(mktemp -d) && ssh-keygen -q -t ed25519 -N "" -f $d/k && cat $d/k && rm -r $d',
  ])
  await lab.up('strict', 24, {
    init: 'plain',
    docker: 'masked',
    hostKey: key,
    sshd: ['MaxSessions 1', 'PasswordAuthentication no'],
  })
  await lab.waitReady('strict')
  const effective = await text('strict', 'sshd -T')
  assert.match(effective, /^maxsessions 1$/m)
  assert.match(effective, /^passwordauthentication no$/m)
  assert.is(await text('strict', 'cat /etc/ssh/ssh_host_ed25519_key'), key.trim())
  await lab.remove('strict')
})

test('a wrong name, a number that is taken and a network that is in use are refused with the way out', async () => {
  await rejects(lab.up('Bad_Name', 30), /lower-case/)
  await rejects(lab.up('h9', 11), /belongs to lab host h1/)
  await rejects(lab.kill('h9'), /no lab host h9 .*there are h1, h2/)
  const other = await openLab({ dir: '/var/lib/kmesos-test-lab-other', network: lab.settings.network })
  await rejects(other.up('x', 99), /belongs to the lab in \/var\/lib\/kmesos-test-lab$/)
  await rm(other.settings.dir, { recursive: true })
  assert.throws(() => labNames('192.168.1'), /must be 10\.X\.Y/)
})

test('two labs are up at once, and removing one leaves the other alone', async () => {
  const second = await openTestLab('lab-second', 2)
  try {
    await second.lab.up('h1', 11, { init: 'plain' })
    await second.lab.waitReady('h1')
  } finally {
    await second.close()
  }
  assert.not(existsSync(second.lab.settings.dir))
  assert.ok(await answersSsh(lab.address(11)))
})

test('a host boots where all cgroups are of version 2', async () => {
  const version2 = (await loadHierarchies()).filter(({ version }) => version === 2)
  if (version2.length === 0) return
  const second = await openTestLab('lab-cgroup2', 4)
  const modern = new Lab(second.lab.settings, version2, () => undefined)
  try {
    await checkVersion2(modern)
  } finally {
    await second.close()
  }
})

async function checkVersion2(modern: Lab): Promise<void> {
  await modern.up('h1', 11, { images: ['memcached'] })
  await modern.waitReady('h1')
  assert.match((await modern.sh('h1', ['docker', 'info'])).stdout, /Cgroup Version: 2/)
  await modern.sh('h1', ['docker', 'run', '--rm', '--network', 'host', ...daemon.slice(0, 2), '-V'])
  await modern.freeze('h1')
  assert.not(await answersSsh(modern.address(11)))
  await modern.thaw('h1')
  await modern.waitReady('h1')
}

test('a run that is killed in the middle leaves nothing that the next one trips over', async () => {
  const program = fileURLToPath(new URL('../lab/cli.ts', import.meta.url))
  // Moments of a boot: before its network, while its disk is made, when its first process starts, when it is up.
  for (const ms of [250, 400, 500, 600, 700, 900]) {
    const settings = ['--dir', '/var/lib/kmesos-test-lab-killed', '--network', '10.78.3']
    const words = ['--import', 'tsx', program, 'up', 'h1', '--images', 'memcached', ...settings]
    const child = spawn(process.execPath, words, { stdio: 'ignore' })
    const exited = once(child, 'exit')
    await delay(ms)
    child.kill('SIGKILL')
    await exited
  }
  const killed = await openTestLab('lab-killed', 3)
  try {
    await killed.lab.up('h1', 11, { images: ['memcached'] })
    await killed.lab.waitReady('h1')
  } finally {
    await killed.close()
  }
})

test('the root file system is made once', async () => {
  const lines: string[] = []
  await ensureRootfs(lab.settings.cacheDir, (line) => lines.push(line))
  assert.equal(lines, [])
})

test('cgroups are found in both versions, and where two controllers share a hierarchy', () => {
  const line = (path: string, type: string, options: string): string =>
    `31 23 0:28 / ${path} rw,relatime shared:9 - ${type} ${type} ${options}\n`
  const first = line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct')
  const systemd = line('/sys/fs/cgroup/systemd', 'cgroup', 'rw,xattr,release_agent=/x,name=systemd')
  assert.equal(parseHierarchies(first + systemd), [
    { path: '/sys/fs/cgroup/cpu,cpuacct', version: 1, options: 'cpu,cpuacct' },
    { path: '/sys/fs/cgroup/systemd', version: 1, options: 'name=systemd' },
  ])
  assert.equal(parseHierarchies(line('/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate')), [
    { path: '/sys/fs/cgroup', version: 2, options: '' },
  ])
})

test('clean leaves the machine as it was', async () => {
  await lab.clean()
  assert.not(existsSync(lab.settings.dir))
  assert.equal(await machineState(), before)
})

test.run()
