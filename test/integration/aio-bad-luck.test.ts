import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { build } from '../../bootstrap/build.mjs'
import { openTestLab, type TestLab } from '../lab/test-lab.ts'

/** What goes wrong on the way to a cluster: each has a clear message, a way out, its exit code, and leaves nothing behind. */
const test = suite('bad luck')
const project = join(import.meta.dirname, '../..')

let opened: TestLab
let folder: string

interface End {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Typed {
  readonly words: readonly string[]
  /** Further lines of the inventory. */
  readonly lines?: readonly string[]
  /** Typed into standard input. */
  readonly input?: string
}

async function kmesos({ words, lines = [], input = '' }: Typed): Promise<End> {
  const { lab } = opened
  const way = `aio ansible_host=${lab.address(11)} ansible_ssh_private_key_file=${lab.privateKeyFile}`
  await writeFile(join(folder, 'hosts'), [way, ...lines, ''].join('\n'))
  const inventories = ['-i', join(project, 'inventory/all-in-one'), '-i', join(folder, 'hosts')]
  const shared = words[0] === 'password' ? inventories : [...inventories, '--host-key-checking', 'off']
  const child = spawn(process.execPath, [join(project, 'dist/kmesos.js'), ...words, ...shared], {
    cwd: folder,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  child.stdin.end(input)
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const asRoot = ['[all:vars]', 'ansible_user=root']
const bootstrap = (...words: readonly string[]): Promise<End> =>
  kmesos({ words: ['bootstrap', ...words], lines: asRoot })
const onHost = async (program: string): Promise<string> =>
  (await opened.lab.sh('aio', ['sh', '-c', program])).stdout.trim()
const untouched = async (): Promise<void> =>
  assert.is(await onHost('docker ps -aq; ls -d /opt/kmesos /var/lib/kmesos 2>/dev/null || :'), '')

test.before(async () => {
  await build({ quiet: true })
  folder = await mkdtemp(join(tmpdir(), 'kmesos-bad-luck-'))
  opened = await openTestLab('bad-luck', 43)
  const users = [
    { name: 'plain', sudo: 'none' as const },
    { name: 'asked', sudo: 'password' as const, password: 'open sesame' },
  ]
  await opened.lab.up('aio', 11, { images: ['zookeeper', 'engine'], users })
  await opened.lab.waitReady('aio')
})

test.after(async () => {
  await opened.close()
  await rm(folder, { recursive: true, force: true })
})

test('--check on a fresh host: a plan, exit code 10, and nothing is touched', async () => {
  const end = await bootstrap('--check', '--detailed-exitcode')
  assert.is(end.code, 10, end.stdout + end.stderr)
  assert.match(end.stdout, /^\[aio\] would change: zookeeper : ZooKeeper/m)
  await untouched()
})

test('a port in use is named with its component before anything is changed', async () => {
  const { lab } = opened
  const stop = 'systemctl stop squatter 2>/dev/null || :'
  await onHost(
    `systemd-run --unit squatter perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => 2181, Listen => 1, ReuseAddr => 1) or die; sleep 600'`,
  )
  await onHost(
    'for i in $(seq 50); do grep -qi ":0885 .* 0A " /proc/net/tcp && exit 0; sleep 0.1; done; exit 1',
  )
  const end = await bootstrap()
  await lab.sh('aio', ['sh', '-c', stop])
  assert.is(end.code, 3, end.stdout + end.stderr)
  assert.match(
    end.stderr,
    /aio: port 2181, which zookeeper needs, is held by the process perl \(pid \d+\): stop it/,
  )
  await untouched()
})

test('a user without sudo, and one whose sudo wants a password', async () => {
  const plain = await kmesos({ words: ['bootstrap'], lines: ['[all:vars]', 'ansible_user=plain'] })
  assert.is(plain.code, 3, plain.stdout + plain.stderr)
  assert.match(
    plain.stderr,
    /aio: cannot become root: sudo (?:is not installed|wants a password and none was given)/,
  )
  const asked = await kmesos({ words: ['bootstrap'], lines: ['[all:vars]', 'ansible_user=asked'] })
  assert.is(asked.code, 3, asked.stdout + asked.stderr)
  assert.match(
    asked.stderr,
    /aio: cannot become root: sudo wants a password and none was given: give it with --ask-become-pass/,
  )
  await untouched()
})

test('--ask-become-pass takes the password from standard input and lets it be seen nowhere', async () => {
  const end = await kmesos({
    words: ['exec', 'all', 'id -un; echo open sesame', '--become', '--ask-become-pass'],
    lines: ['[all:vars]', 'ansible_user=asked'],
    input: 'open sesame\n',
  })
  assert.is(end.code, 0, end.stdout + end.stderr)
  assert.match(end.stdout, /^\[aio\] \| root$/m)
  assert.not.match(end.stdout + end.stderr, /open sesame/)
})

test('an image that is missing is told before any change; unasked, it fails its host, with its name and a way out', async () => {
  const words = ['-e', '{"image_overrides":{"zookeeper":"kmesos/none:local"}}']
  const checked = await bootstrap(...words)
  assert.is(checked.code, 3, checked.stdout + checked.stderr)
  assert.match(checked.stderr, /aio: has no image kmesos\/none:local, .*kmesos images stage --from ARCHIVE/)
  await untouched()
  const end = await bootstrap(...words, '--skip-checks', 'images')
  assert.is(end.code, 1, end.stdout + end.stderr)
  assert.match(end.stdout, /\[aio\] failed: zookeeper : image of ZooKeeper: .*kmesos\/none:local/)
  assert.match(end.stderr, /failed on 1 of 1 host: aio \(failed\)/)
})

test('a group that the cluster needs and the inventory lacks is named', async () => {
  const inventory = join(folder, 'lonely')
  await writeFile(inventory, `[mesos-slave]\nh1 ansible_host=192.0.2.1\n`)
  const child = await kmesosAlone(['bootstrap', '-i', inventory])
  assert.is(child.code, 3, child.stdout + child.stderr)
  assert.match(child.stderr, /zookeeper/)
})

function kmesosAlone(words: readonly string[]): Promise<End> {
  const child = spawn(process.execPath, [join(project, 'dist/kmesos.js'), ...words], { cwd: folder })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

test('ZooKeeper that cannot be reached: a deploy ends with 4 and says where it looked', async () => {
  assert.is((await kmesos({ words: ['password', 'init'], lines: asRoot })).code, 0)
  const end = await kmesos({ words: ['deploy', 'memcached'], lines: asRoot })
  assert.is(end.code, 4, end.stdout + end.stderr)
  assert.match(end.stderr, /ZooKeeper.*2181[\s\S]*hint: /)
})

test('a Docker that may not be started is said to be the reason', async () => {
  await onHost('systemctl mask --now docker.service docker.socket')
  const end = await bootstrap()
  await onHost('systemctl unmask docker.service docker.socket; systemctl start docker')
  assert.is(end.code, 1, end.stdout + end.stderr)
  assert.match(end.stdout, /\[aio\] failed: docker : .*Docker/)
})

test('a host that is off: exit code 4, and the address that was tried', async () => {
  await opened.lab.kill('aio')
  const end = await bootstrap('--timeout', '3')
  assert.is(end.code, 4, end.stdout + end.stderr)
  assert.match(end.stderr, /cannot open SSH to aio \(root@10\.78\.43\.11:22\)[\s\S]*hint: /)
})

test.run()
