import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { engineLabel, taskLabel, type ContainerRequest } from '../../src/engine/container-request.ts'
import { dockerRuntime } from '../../src/engine/docker-runtime.ts'
import type { ContainerExit, ContainerRuntime, LogSink } from '../../src/engine/runtime.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { MemoryRuntime } from '../fakes/memory-runtime.ts'
import { busyboxImage, dockerMissing, startDocker } from '../support/docker-engine.ts'
import { eventually } from '../support/eventually.ts'
import { rejects } from '../support/rejects.ts'

interface Subject {
  readonly runtime: ContainerRuntime
  close(): Promise<void>
}

const engineId = 'contract-engine'
const never = new AbortController().signal
let count = 0

function request(script: string, more: Partial<ContainerRequest> = {}): ContainerRequest {
  const name = `mesos-contract-${++count}`
  return {
    name,
    agentId: 'agent',
    image: busyboxImage,
    forcePull: false,
    body: {
      Image: busyboxImage,
      Entrypoint: ['/bin/sh'],
      Cmd: ['-c', script],
      Env: [],
      Labels: { [engineLabel]: engineId, [taskLabel]: `task-${count}` },
      HostConfig: {
        Binds: [],
        NetworkMode: 'host',
        PortBindings: {},
        CpuShares: 10,
        Memory: 32 * 1024 * 1024,
      },
    },
    ...more,
  }
}

function collector(): LogSink & { text: Record<string, string> } {
  const text: Record<string, string> = { stdout: '', stderr: '' }
  return { text, write: async (stream, bytes) => void (text[stream] += Buffer.from(bytes).toString()) }
}

const willing = "trap 'exit 0' TERM; sleep 1000 & wait"

function contract(
  title: string,
  open: () => Promise<Subject>,
  missing: () => Promise<string | undefined>,
): void {
  const test = suite<{ subject: Subject; exits: Map<string, ContainerExit>; stop: AbortController }>(title)
  let skipped: string | undefined
  test.before(async (context) => {
    skipped = await missing()
    if (skipped !== undefined) return console.log(`${title}: skipped, ${skipped}`)
    context.subject = await open()
    context.exits = new Map()
    context.stop = new AbortController()
    let connected = false
    context.subject.runtime.follow(
      { exited: (name, exit) => context.exits.set(name, exit), resync: () => (connected = true) },
      context.stop.signal,
    )
    await eventually(() => connected)
  })
  test.after(async (context) => {
    if (skipped !== undefined) return
    context.stop.abort()
    await context.subject.close()
  })
  const check = (
    name: string,
    body: (runtime: ContainerRuntime, exits: Map<string, ContainerExit>) => Promise<void>,
  ): void =>
    test(name, async ({ subject, exits }) => {
      if (skipped === undefined) await body(subject.runtime, exits)
    })

  check('tells of its resources', async (runtime) => {
    const { cpus, mem, version } = await runtime.info()
    assert.ok(cpus > 0 && mem > 100 && version !== '')
  })
  check('runs a command, copies its output by stream, and tells of its end', async (runtime, exits) => {
    const wanted = request('echo one; echo two >&2; exit 3')
    await runtime.start(wanted, never)
    const sink = collector()
    await runtime.captureLogs(wanted.name, sink)
    assert.equal(sink.text, { stdout: 'one\n', stderr: 'two\n' })
    await eventually(() => exits.has(wanted.name))
    assert.equal(exits.get(wanted.name), { exitCode: 3, outOfMemory: false })
    const state = (await runtime.list()).find((item) => item.name === wanted.name)
    assert.equal([state?.state, state?.taskId], ['exited', wanted.body.Labels[taskLabel]])
    await runtime.remove(wanted.name)
    assert.not((await runtime.list()).some((item) => item.name === wanted.name))
  })
  check('an image that nobody has is an error that names it, and leaves nothing behind', async (runtime) => {
    const wanted = request('true', { image: 'no-such-image:1' })
    const error = await rejects(
      runtime.start({ ...wanted, body: { ...wanted.body, Image: 'no-such-image:1' } }, never),
    )
    assert.match(error.message, /no-such-image:1/)
    assert.not((await runtime.list()).some((item) => item.name === wanted.name))
  })
  check('a willing process ends with SIGTERM', async (runtime, exits) => {
    const wanted = request(willing)
    await runtime.start(wanted, never)
    // Its trap stands a moment after its start.
    await eventually(
      async () => (await runtime.exec(wanted.name, ['/bin/sh', '-c', 'true'], 5000)).exitCode === 0,
    )
    const started = Date.now()
    await runtime.stop(wanted.name, 10)
    assert.ok(Date.now() - started < 5000)
    await eventually(() => exits.has(wanted.name))
    await runtime.remove(wanted.name)
  })
  check('an unwilling one is killed after the grace', async (runtime, exits) => {
    const wanted = request('sleep 1000')
    await runtime.start(wanted, never)
    await runtime.stop(wanted.name, 1)
    await eventually(() => exits.has(wanted.name))
    assert.is(exits.get(wanted.name)?.exitCode, 137)
    await runtime.remove(wanted.name)
  })
  check('stopping, removing and listing what is not there is no error', async (runtime) => {
    await runtime.stop('mesos-nothing', 1)
    await runtime.remove('mesos-nothing')
  })
  check('removes a running container', async (runtime, exits) => {
    const wanted = request('sleep 1000')
    await runtime.start(wanted, never)
    await runtime.remove(wanted.name)
    await eventually(() => exits.has(wanted.name))
    assert.not((await runtime.list()).some((item) => item.name === wanted.name))
  })
  check('runs a command in a running container', async (runtime) => {
    const wanted = request('sleep 1000')
    await runtime.start(wanted, never)
    assert.equal(await runtime.exec(wanted.name, ['/bin/sh', '-c', 'echo in; exit 4'], 5000), {
      exitCode: 4,
      output: 'in\n',
    })
    await rejects(runtime.exec(wanted.name, ['/bin/sh', '-c', 'sleep 60'], 200), /did not end within 0.2 s/)
    await runtime.remove(wanted.name)
    await rejects(runtime.exec(wanted.name, ['/bin/sh', '-c', 'true'], 1000), /No such container/)
  })
  check('a name that is taken is refused', async (runtime) => {
    const wanted = request('sleep 1000')
    await runtime.start(wanted, never)
    await rejects(runtime.start(wanted, never), /Conflict/)
    await runtime.remove(wanted.name)
  })
  test.run()
}

contract(
  'memory runtime',
  async () => ({ runtime: new MemoryRuntime(systemClock, [busyboxImage]), close: async () => undefined }),
  async () => undefined,
)
contract(
  'docker runtime',
  async () => {
    const docker = await startDocker()
    const runtime = dockerRuntime({ socketPath: docker.socketPath, engineId, clock: systemClock })
    return { runtime, close: () => docker.stop() }
  },
  dockerMissing,
)
