import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../src/kernel/errors.ts'
import { engineLabel, type ContainerRequest } from '../../../src/engine/container-request.ts'
import type { ContainerExit, ContainerRuntime } from '../../../src/engine/runtime.ts'
import { makeSandbox, openLogs, defaultSandboxLimits } from '../../../src/engine/sandbox.ts'
import { sandboxInContainer } from '../../../src/engine/task-environment.ts'
import { isTerminal, type KnownTask, type TaskInfo, type TaskStatus } from './mesos-types.ts'

export interface SlaveTasksOptions {
  readonly workDir: string
  readonly runtime: ContainerRuntime
  /** Value of the label by which this slave knows its containers. */
  readonly label: string
  readonly address: string
  /** Sends a task's new status to the master, if there is one. */
  readonly tell: (task: KnownTask) => void
}

interface KeptTask extends KnownTask {
  readonly container: string
  /** Told, and not acknowledged yet. */
  readonly open: boolean
}

/** The tasks of a slave: containers of its host's Docker, kept in `meta/` over its own restart. */
export class SlaveTasks {
  readonly #options: SlaveTasksOptions
  readonly #tasks = new Map<string, KeptTask>()
  readonly #starting = new Map<string, AbortController>()
  #saving: Promise<void> = Promise.resolve()

  constructor(options: SlaveTasksOptions) {
    this.#options = options
  }

  get all(): readonly KnownTask[] {
    return [...this.#tasks.values()].map(({ framework, info, status }) => ({ framework, info, status }))
  }

  /** Takes over the containers that an earlier run left; ends those that it knows nothing of. */
  async recover(): Promise<void> {
    const { workDir, runtime } = this.#options
    await mkdir(join(workDir, 'meta'), { recursive: true })
    const text = await readFile(join(workDir, 'meta/tasks.json'), 'utf8').catch(() => '[]')
    for (const task of JSON.parse(text) as KeptTask[]) this.#tasks.set(task.info.task_id.value, task)
    runtime.follow(
      {
        exited: (name, exit) => this.#exited(name, exit),
        resync: () => void this.#compare().catch(() => undefined),
      },
      new AbortController().signal,
    )
    await this.#compare()
  }

  async #compare(): Promise<void> {
    const { runtime } = this.#options
    const found = new Map((await runtime.list()).map((state) => [state.name, state]))
    for (const task of this.#tasks.values()) {
      if (isTerminal(task.status.state) || this.#starting.has(task.container)) continue
      const state = found.get(task.container)
      if (state?.state === 'running') this.#change(task, 'TASK_RUNNING')
      else if (state?.state === 'exited') this.#exited(task.container, state)
      else this.#change(task, 'TASK_FAILED', 'Container is gone')
    }
    const known = new Set([...this.#tasks.values()].map(({ container }) => container))
    for (const name of found.keys()) if (!known.has(name)) await runtime.remove(name).catch(() => undefined)
  }

  /** Tells again what has not been acknowledged. */
  tellOpen(): void {
    for (const task of this.#tasks.values()) if (task.open) this.#options.tell(task)
  }

  acknowledge(uuid: string): void {
    for (const [id, task] of this.#tasks) {
      if (task.status.uuid !== uuid) continue
      if (isTerminal(task.status.state)) this.#tasks.delete(id)
      else this.#tasks.set(id, { ...task, open: false })
    }
    void this.#save()
  }

  async launch(framework: string, info: TaskInfo): Promise<void> {
    const { runtime, label, workDir } = this.#options
    const id = info.task_id.value
    if (this.#tasks.has(id)) return
    const request = JSON.parse(Buffer.from(info.data, 'base64').toString('utf8')) as ContainerRequest
    const slave = info.agent_id.value
    const run = join(workDir, 'slaves', slave, 'frameworks', framework, 'executors', id, 'runs/latest')
    const abort = new AbortController()
    const task: KeptTask = {
      framework,
      info,
      status: statusOf(info, 'TASK_STAGING'),
      container: request.name,
      open: false,
    }
    this.#tasks.set(id, task)
    this.#starting.set(request.name, abort)
    await this.#save()
    try {
      await makeSandbox(run)
      const { address } = await runtime.start(placed(request, label, run), abort.signal)
      this.#starting.delete(request.name)
      this.#capture(request.name, run)
      this.#change(task, 'TASK_RUNNING', '', address)
      // Its end may have been told while it was being started.
      void this.#compare().catch(() => undefined)
    } catch (error) {
      this.#starting.delete(request.name)
      const killed = abort.signal.aborted
      this.#change(
        task,
        killed ? 'TASK_KILLED' : 'TASK_FAILED',
        killed ? 'Container killed' : `Failed to launch container: ${messageOf(error)}`,
      )
    }
  }

  #capture(name: string, run: string): void {
    const sink = openLogs(run, defaultSandboxLimits.logBytes)
    const copied = this.#options.runtime.captureLogs(name, sink).catch(() => undefined)
    void copied.then(() => sink.close()).catch(() => undefined)
  }

  async kill(id: string): Promise<void> {
    const task = this.#tasks.get(id)
    if (!task || isTerminal(task.status.state)) return
    const starting = this.#starting.get(task.container)
    if (starting) return starting.abort(new Error('the task was killed'))
    const seconds = Math.round((task.info.kill_policy?.grace_period.nanoseconds ?? 5e9) / 1e9)
    this.#tasks.set(id, { ...task, status: { ...task.status, state: 'TASK_KILLING' } })
    await this.#options.runtime.stop(task.container, seconds)
    this.#exited(task.container, { exitCode: 0, outOfMemory: false })
  }

  #exited(container: string, exit: ContainerExit): void {
    const task = [...this.#tasks.values()].find((candidate) => candidate.container === container)
    if (!task || isTerminal(task.status.state) || this.#starting.has(container)) return
    const killing = task.status.state === 'TASK_KILLING'
    const state = killing ? 'TASK_KILLED' : exit.exitCode === 0 ? 'TASK_FINISHED' : 'TASK_FAILED'
    const message = killing ? 'Container killed' : `Container exited with status ${exit.exitCode}`
    this.#change(task, state, exit.outOfMemory ? `${message}: out of memory` : message)
    void this.#options.runtime.remove(container).catch(() => undefined)
  }

  #change(task: KeptTask, state: string, message = '', address?: string): void {
    const id = task.info.task_id.value
    const present = this.#tasks.get(id)
    if (!present || present.status.state === state || isTerminal(present.status.state)) return
    const networks = [{ ip_addresses: [{ protocol: 'IPv4', ip_address: address ?? this.#options.address }] }]
    const status = { ...statusOf(task.info, state), message, container_status: { network_infos: networks } }
    const changed = { ...present, status, open: true }
    this.#tasks.set(id, changed)
    void this.#save().then(() => this.#options.tell(changed))
  }

  #save(): Promise<void> {
    this.#saving = this.#saving
      .then(async () => {
        const file = join(this.#options.workDir, 'meta/tasks.json')
        await writeFile(`${file}.new`, JSON.stringify([...this.#tasks.values()]))
        await rename(`${file}.new`, file)
      })
      .catch((error: unknown) => void process.stderr.write(`cannot keep the tasks: ${messageOf(error)}\n`))
    return this.#saving
  }
}

/** With our label and our sandbox instead of what the scheduler's machine would have. */
function placed(request: ContainerRequest, label: string, sandbox: string): ContainerRequest {
  const { body } = request
  const others = (body.HostConfig.Binds ?? []).filter((bind) => !bind.endsWith(`:${sandboxInContainer}`))
  const HostConfig = { ...body.HostConfig, Binds: [...others, `${sandbox}:${sandboxInContainer}`] }
  return { ...request, body: { ...body, HostConfig, Labels: { ...body.Labels, [engineLabel]: label } } }
}

function statusOf(info: TaskInfo, state: string): TaskStatus {
  return {
    task_id: info.task_id,
    agent_id: info.agent_id,
    state,
    source: 'SOURCE_EXECUTOR',
    uuid: Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64'),
    timestamp: Date.now() / 1000,
  }
}
