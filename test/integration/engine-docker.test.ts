import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LockedError } from '../../src/kernel/errors.ts'
import type { MarathonApp } from '../../src/marathon/types.ts'
import { busyboxImage, dockerMissing, startDocker, type TestDocker } from '../support/docker-engine.ts'
import { startEngineProcess, type EngineProcess } from '../support/engine-process.ts'
import { eventually } from '../support/eventually.ts'
import { rejects } from '../support/rejects.ts'

interface Stage {
  docker: TestDocker
  engine: EngineProcess
  stateDirectory: string
}

const missing = await dockerMissing()
const test = suite<Stage>('kmesos engine on real Docker')

const willing = "trap 'exit 0' TERM; sleep 1000 & wait"

function app(id: string, more: Partial<MarathonApp> = {}): MarathonApp {
  const container = { docker: { image: busyboxImage } } as const
  return { id, cmd: willing, cpus: 0.05, mem: 32, portDefinitions: [], container, backoffSeconds: 1, ...more }
}

test.before(async (stage) => {
  stage.docker = await startDocker()
  stage.stateDirectory = await mkdtemp(join(tmpdir(), 'kmesos-engine-state-'))
  stage.engine = await startEngineProcess({
    socketPath: stage.docker.socketPath,
    stateDirectory: stage.stateDirectory,
  })
})

test.after(async (stage) => {
  await stage.engine.end('SIGTERM')
  await stage.docker.stop()
  await rm(stage.stateDirectory, { recursive: true, force: true })
})

async function running({ engine }: Stage, id: string, count = 1): Promise<void> {
  await eventually(async () => (await engine.marathon.app(id))?.tasksRunning === count, 20_000)
}

async function containersOf({ docker }: Stage, id: string): Promise<readonly string[]> {
  const names = await docker.docker('ps', '--filter', `label=kmesos.app=${id}`, '--format', '{{.Names}}')
  return names.split('\n').filter((name) => name !== '')
}

test('tasks outlive a killed engine and are adopted by the next one; their output goes on', async (stage) => {
  const { engine, docker, stateDirectory } = stage
  await engine.marathon.putApp(
    app('/adopt', { cmd: 'n=0; while true; do n=$((n+1)); echo line $n; sleep 0.2; done', instances: 2 }),
  )
  await running(stage, '/adopt', 2)
  const before = await engine.marathon.tasks('/adopt')
  const containers = await docker.docker('ps', '-q', '--no-trunc')
  await engine.end('SIGKILL')
  assert.is(await docker.docker('ps', '-q', '--no-trunc'), containers)
  await engine.start()
  const after = await engine.marathon.tasks('/adopt')
  assert.equal(after.map((task) => task.id).sort(), before.map((task) => task.id).sort())
  assert.equal(await docker.docker('ps', '-q', '--no-trunc'), containers)
  const log = join(stateDirectory, 'sandboxes', 'adopt', after[0]?.id ?? '', 'stdout')
  const lines = async (): Promise<number> => (await readFile(log, 'utf8')).split('\n').length
  const written = await lines()
  await eventually(async () => (await lines()) > written + 2, 10_000)
  await engine.marathon.deleteApp('/adopt', { force: true })
  await eventually(async () => (await containersOf(stage, '/adopt')).length === 0, 20_000)
})

test('SIGTERM ends the engine and no task', async (stage) => {
  await stage.engine.marathon.putApp(app('/stay'))
  await running(stage, '/stay')
  assert.is(await stage.engine.end('SIGTERM'), 0)
  assert.is((await containersOf(stage, '/stay')).length, 1)
  await stage.engine.start()
  assert.is((await stage.engine.marathon.app('/stay'))?.tasksRunning, 1)
})

test('a container that dies while no engine looks is told and replaced', async (stage) => {
  const { engine, docker } = stage
  await engine.marathon.putApp(app('/meanwhile'))
  await running(stage, '/meanwhile')
  const [name] = await containersOf(stage, '/meanwhile')
  await engine.end('SIGKILL')
  await docker.docker('kill', name ?? '')
  await engine.start()
  await eventually(
    async () => (await engine.marathon.tasks('/meanwhile'))[0]?.id.endsWith('._app.2') === true,
    20_000,
  )
  assert.is(
    (await engine.marathon.app('/meanwhile'))?.lastTaskFailure?.message,
    'Container exited with status 137',
  )
})

test('a killed container is noticed at once and started again after its delay', async (stage) => {
  const { engine, docker } = stage
  await engine.marathon.putApp(app('/killed'))
  await running(stage, '/killed')
  const [name] = await containersOf(stage, '/killed')
  await docker.docker('kill', name ?? '')
  await eventually(
    async () => (await engine.marathon.app('/killed'))?.lastTaskFailure?.state === 'TASK_FAILED',
    3000,
  )
  await running(stage, '/killed')
  assert.match((await engine.marathon.tasks('/killed'))[0]?.id ?? '', /_app\.2$/)
  assert.not((await containersOf(stage, '/killed')).includes(name ?? ''))
})

test('an image that nobody has fails with Docker’s words', async (stage) => {
  const { engine } = stage
  await engine.marathon.putApp(app('/noimage', { container: { docker: { image: 'no-such-image:1' } } }))
  await eventually(async () => (await engine.marathon.app('/noimage'))?.lastTaskFailure !== undefined, 20_000)
  assert.match(
    (await engine.marathon.app('/noimage'))?.lastTaskFailure?.message ?? '',
    /^Failed to launch container: Failed to pull image 'no-such-image:1': /,
  )
  await engine.marathon.deleteApp('/noimage', { force: true })
})

test('an unhealthy task is killed and replaced, a healthy one is counted', async (stage) => {
  const { engine } = stage
  const check = {
    protocol: 'COMMAND',
    intervalSeconds: 1,
    delaySeconds: 0,
    gracePeriodSeconds: 0,
    maxConsecutiveFailures: 1,
    timeoutSeconds: 5,
  } as const
  const checked = (value: string): Partial<MarathonApp> => ({
    healthChecks: [{ ...check, command: { value } }],
  })
  await engine.marathon.putApps([app('/sick', checked('echo no; false')), app('/well', checked('true'))])
  await eventually(async () => (await engine.marathon.app('/well'))?.tasksHealthy === 1, 20_000)
  await eventually(
    async () => (await engine.marathon.app('/sick'))?.lastTaskFailure?.state === 'TASK_KILLED',
    20_000,
  )
  await engine.marathon.deleteApp('/sick', { force: true })
})

test('a web server in a task is probed over HTTP on the port that it was given', async (stage) => {
  const { engine } = stage
  const cmd = 'mkdir -p /tmp/w; echo hi > /tmp/w/index.html; exec httpd -f -p $PORT0 -h /tmp/w'
  const healthChecks = [
    { protocol: 'MESOS_HTTP', path: '/index.html', delaySeconds: 0, intervalSeconds: 1 },
  ] as const
  await engine.marathon.putApp(
    app('/httpd', { cmd, healthChecks, portDefinitions: [{ port: 0, name: 'web' }] }),
  )
  await eventually(async () => (await engine.marathon.app('/httpd'))?.tasksHealthy === 1, 20_000)
  const [task] = await engine.marathon.tasks('/httpd')
  assert.ok((task?.ports[0] ?? 0) >= 31_000)
})

test('a locked app is a LockedError with the deployment', async ({ engine }) => {
  await engine.marathon.putApp(app('/locked', { cpus: 10_000 }))
  const error = await rejects(engine.marathon.putApp(app('/locked', { cpus: 1 })), /locked by 1 deployment: /)
  assert.instance(error, LockedError)
  await engine.marathon.putApp(app('/locked'), { force: true })
})

test('a constraint that nobody meets shows in the queue with its reason', async ({ engine }) => {
  await engine.marathon.putApp(app('/nowhere', { constraints: [['compute', 'CLUSTER', 'true']] }))
  const declined = async (): Promise<string | undefined> => {
    const item = (await engine.marathon.queue()).find(({ app: { id } }) => id === '/nowhere')
    return item?.processedOffersSummary.rejectSummaryLastOffers.find((row) => row.declined > 0)?.reason
  }
  await eventually(async () => (await declined()) === 'UnfulfilledConstraint')
  await engine.marathon.deleteApp('/nowhere', { force: true })
})

test('a second engine on the same state is refused, and so is a missing Docker', async ({
  docker,
  stateDirectory,
  engine,
}) => {
  const failed = async (argv: readonly string[]): Promise<{ code: number; text: string }> => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/engine/main.ts', '--port', '0', ...argv])
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const [code] = (await once(child, 'exit')) as [number]
    return { code, text }
  }
  const second = await failed(['--state', stateDirectory, '--docker-socket', docker.socketPath])
  assert.equal([second.code, /another engine uses/.test(second.text)], [6, true])
  const blind = await failed([
    '--state',
    join(docker.directory, 'other'),
    '--docker-socket',
    '/nonexistent.sock',
  ])
  assert.equal([blind.code, /Docker does not answer on \/nonexistent.sock/.test(blind.text)], [4, true])
  const port = new URL(engine.url).port
  const taken = await failed([
    '--state',
    join(docker.directory, 'third'),
    '--docker-socket',
    docker.socketPath,
    '--listen',
    '127.0.0.1',
    '--port',
    port,
  ])
  assert.equal([taken.code, /cannot listen on/.test(taken.text)], [2, true])
})

if (missing === undefined) test.run()
else {
  const skipped = suite('kmesos engine on real Docker')
  skipped.skip(`skipped: ${missing}`, () => undefined)
  skipped.run()
}
