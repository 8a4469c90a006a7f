import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTransport } from '../../src/connection/host-transport.ts'
import type { Transport } from '../../src/connection/types.ts'
import { loadInventory } from '../../src/inventory/load-inventory.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { loadContent } from '../../src/modules/load-content.ts'
import { runPlays } from '../../src/phases/play-run.ts'
import type { PlayRecap, RunPlaysOptions } from '../../src/phases/play-types.ts'
import { loadPlaybook } from '../../src/playbook/load-playbook.ts'
import type { RunEvent, TaskResultEvent } from '../../src/reporter/types.ts'
import type { Lab } from '../lab/lab.ts'
import { openTestLab, type TestLab } from '../lab/test-lab.ts'

const test = suite('bootstrap of one machine')
let opened: TestLab
let lab: Lab
let folder: string

test.before(async () => {
  await promisify(execFile)('node', ['bootstrap/build.mjs'])
  folder = await mkdtemp(join(tmpdir(), 'kmesos-bootstrap-'))
  opened = await openTestLab('bootstrap', 21)
  lab = opened.lab
  await lab.up('aio', 11, { images: ['zookeeper', 'engine'] })
  await lab.waitReady('aio')
  const hosts = `aio ansible_host=${lab.address(11)} ansible_user=root ansible_ssh_private_key_file=${lab.privateKeyFile}\n`
  await writeFile(join(folder, 'hosts'), hosts)
})

test.after(async () => {
  await opened.close()
  await rm(folder, { recursive: true, force: true })
})

function transport(): Transport {
  return createTransport({
    clock: systemClock,
    home: folder,
    localUser: 'root',
    localHost: 'test',
    uid: 0,
    sshConfigFiles: [],
    knownHostsFile: join(folder, 'known_hosts'),
    hostKeyMode: 'accept-new',
  })
}

interface SiteRun {
  readonly recap: PlayRecap
  readonly results: readonly TaskResultEvent[]
  /** What went wrong, for messages. */
  readonly faults: string
}

async function bootstrap(options: Partial<RunPlaysOptions> = {}): Promise<SiteRun> {
  const inventory = await loadInventory(['inventory/all-in-one', join(folder, 'hosts')])
  const events: RunEvent[] = []
  const recap = await runPlays(loadPlaybook('bootstrap/site.yml'), {
    inventory,
    transport: transport(),
    clock: systemClock,
    content: loadContent(),
    reporter: { report: (event) => events.push(event), close: () => Promise.resolve() },
    ...options,
  })
  const results = events.filter((event) => event.kind === 'task-result')
  const faults = results
    .filter((result) => result.status === 'failed' || result.status === 'unreachable')
    .map((result) => `${result.play}: ${result.task}: ${result.message}\n${result.detail ?? ''}`)
    .join('\n')
  return { recap, results, faults }
}

function changes(run: SiteRun): readonly string[] {
  return run.results.filter((result) => result.status === 'changed').map((result) => result.task)
}

test('--check on a fresh machine tells what would be done and does nothing', async () => {
  const run = await bootstrap({ check: true, diff: true })
  assert.is(run.faults, '')
  assert.ok(changes(run).includes('zookeeper : ZooKeeper'))
  assert.is((await lab.sh('aio', ['docker', 'ps', '-a', '-q'])).stdout.trim(), '')
})

test('the first run brings up ZooKeeper, the engine and kmesos-start', async () => {
  const run = await bootstrap()
  console.log(`first run: ${JSON.stringify(run.recap.counters)}`)
  assert.is(run.faults, '')
  assert.is(run.recap.exitCode, 0)
  const { stdout } = await lab.sh('aio', ['docker', 'ps', '--format', '{{.Names}}'])
  assert.equal(stdout.trim().split('\n').sort(), ['kmesos_engine', 'zookeeper'])
  const agent = await lab.sh('aio', ['sh', '-c', 'test -x /opt/kmesos/current/kmesos-start && echo there'])
  assert.is(agent.stdout.trim(), 'there')
})

test('the second run changes nothing, with one connection and one remote command', async () => {
  const run = await bootstrap()
  console.log(`second run: ${JSON.stringify(run.recap.counters)}`)
  assert.is(run.faults, '')
  assert.equal(changes(run), [])
  assert.is(run.recap.counters.connections, 1)
  assert.is(run.recap.counters.commands, 1)
  assert.is(run.recap.counters.uploads, 0)
})

test('a stopped container is started again, and only that', async () => {
  await lab.sh('aio', ['docker', 'stop', 'zookeeper'])
  const run = await bootstrap()
  assert.is(run.faults, '')
  assert.equal(changes(run), ['zookeeper : ZooKeeper'])
  assert.equal(changes(await bootstrap()), [])
})

test('a changed setting makes the container anew, and keeps its data', async () => {
  const run = await bootstrap({ extraVars: { zookeeper_tick_time: 1000 } })
  assert.is(run.faults, '')
  assert.equal(changes(run), ['zookeeper : ZooKeeper'])
  const message = run.results.find((result) => result.status === 'changed')?.message ?? ''
  assert.match(message, 'configuration changed')
  assert.equal(changes(await bootstrap({ extraVars: { zookeeper_tick_time: 1000 } })), [])
})

test('a host that is down is unreachable, with its exit code', async () => {
  await lab.kill('aio')
  const run = await bootstrap()
  assert.is(run.recap.exitCode, 4)
  assert.equal(run.recap.unreachable, ['aio'])
})

test.run()
