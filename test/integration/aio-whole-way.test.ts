import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** `npm run aio` as a stranger runs it: from nothing to a token, again without a change, by hand, and down to nothing. */
const test = suite('npm run aio')

const labDir = '/var/lib/kmesos-test-aio'
const network = '10.78.42'
const project = join(import.meta.dirname, '../..')
let folder: string

interface End {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<End> {
  const options = { cwd: project, env: { ...process.env, ...environment }, maxBuffer: 50_000_000 }
  return new Promise((resolve) => {
    execFile(process.execPath, [...words], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
  })
}

const place = (): readonly string[] => ['--lab-dir', labDir, '--network', network, '--folder', folder]

const aio = (...words: readonly string[]): Promise<End> =>
  run(['test/setup/bootstrap.mjs', 'test/aio/main.ts', ...words, ...place()])

const kmesos = (...words: readonly string[]): Promise<End> =>
  run(['dist/kmesos.js', ...words], {
    KMESOS_INVENTORY: `inventory/all-in-one,${join(folder, 'hosts')}`,
    KMESOS_PASSWORDS: join(folder, 'passwords.yml'),
    KMESOS_OUTPUTS: folder,
  })

const down = (): Promise<End> => aio('down', '--keep-images')

function assertWell(end: End): void {
  assert.is(end.code, 0, `${end.stdout.slice(-4000)}\n${end.stderr.slice(-4000)}`)
}

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmesos-test-aio-'))
  await down()
})

test.after(async () => {
  await down()
  await rm(folder, { recursive: true, force: true })
})

test('goes from nothing to a token, and says what it does and how to go on', async () => {
  const end = await aio()
  assertWell(end)
  const steps = end.stdout.split('\n').filter((line) => line.startsWith('== '))
  assert.equal(steps, [
    '== Install what is missing on this machine',
    '== Get the images',
    '== Bring up the lab host',
    '== Write inventory and passwords',
    '== kmesos bootstrap',
    '== kmesos deploy',
    '== Fetch a token from Keystone',
  ])
  assert.match(
    end.stdout,
    new RegExp(`Keystone +http://${network.replaceAll('.', '\\.')}\\.10:5000/v3, project admin, valid until`),
  )
  assert.match(end.stdout, /openrc +\S+openrc/)
  assert.match(end.stdout, /log +\S+run\.log/)
  assert.match(end.stdout, /kmesos deploy +.* all services are ready/)
  const modes = await Promise.all(
    ['openrc', 'passwords.yml'].map(async (name) => (await stat(join(folder, name))).mode),
  )
  assert.equal(
    modes.map((mode) => mode & 0o777),
    [0o600, 0o600],
  )
})

test('changes nothing the second time, and says so', async () => {
  const end = await aio()
  assertWell(end)
  assert.match(end.stdout, /^nothing changed \(/m)
  assert.not.match(end.stdout, /^\[aio\] changed/m)
})

test('what it prints to go on by hand works', async () => {
  const status = await kmesos('status')
  assertWell(status)
  for (const service of ['keystone-api', 'mariadb', 'memcached']) {
    assert.match(status.stdout, new RegExp(`^${service} +ready 1/1`, 'm'))
  }
  assert.match((await kmesos('why', 'keystone-api')).stdout, /keystone-api is ready/)
  assert.match((await kmesos('logs', 'mariadb', '--tail', '5')).stdout, /^\[aio\] /m)
  assert.match((await kmesos('exec', 'all', 'docker ps')).stdout, /^\[aio\] \| .*zookeeper/m)
  assertWell(await kmesos('ping', 'all'))
})

test('--check finds nothing to do, and something when a variable changes', async () => {
  assertWell(await kmesos('bootstrap', '--check', '--detailed-exitcode'))
  assertWell(await kmesos('deploy', '--check', '--detailed-exitcode'))
  const changed = await kmesos('deploy', '--check', '--diff', '--detailed-exitcode', '-e', 'region=RegionTwo')
  assert.is(changed.code, 10, changed.stdout + changed.stderr)
  assert.match(changed.stdout, /^would update: configuration of keystone-api/m)
})

test('no password of the file stands in any log of the run', async () => {
  const text = await readFile(join(folder, 'passwords.yml'), 'utf8')
  const secrets = [...text.matchAll(/^\s+[\w-]+: (\S{20,})$/gm)].map((found) => found[1] ?? '')
  assert.ok(secrets.length >= 9, `found ${secrets.length} secrets`)
  const logs = await readLogs()
  for (const secret of secrets) assert.not.ok(logs.includes(secret), 'a secret stands in a log')
})

async function readLogs(): Promise<string> {
  const found = await run([
    '-e',
    `
    const { readdirSync, readFileSync } = require('node:fs')
    for (const run of readdirSync('.kmesos/runs')) for (const file of readdirSync('.kmesos/runs/' + run))
      process.stdout.write(readFileSync('.kmesos/runs/' + run + '/' + file))`,
  ])
  return found.stdout
}

test('down leaves nothing of it, and a second down has nothing to do', async () => {
  assertWell(await down())
  assert.not.ok(existsSync(labDir), labDir)
  assert.not.ok(existsSync(folder), folder)
  assert.not.ok(existsSync('/run/netns/kml78-42sw'), 'the network of the lab')
  assert.not.ok(existsSync('/sys/class/net/kml78-42'), 'the cable of the lab')
  const mounts = await readFile('/proc/mounts', 'utf8')
  assert.not.ok(mounts.includes(labDir), 'mounts of the lab')
  const again = await down()
  assertWell(again)
  assert.match(again.stdout, /nothing to remove/)
})

test('words that it does not know are refused with the nearest', async () => {
  const end = await aio('--netwrok', '10.78.43')
  assert.is(end.code, 2)
  assert.match(end.stderr, /unknown option "netwrok"; did you mean "network"\?/)
  assert.is((await aio('--help')).code, 0)
})

test.run()
