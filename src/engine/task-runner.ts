import { randomUUID } from 'node:crypto'
import { messageOf } from '../kernel/errors.ts'
import { Limiter } from '../kernel/pool.ts'
import { containerRequest } from './container-request.ts'
import { agentOf, type EngineContext } from './context.ts'
import { HealthWatch } from './health-watch.ts'
import { isActive, isoTime, taskIdOf } from './instance.ts'
import type { ContainerExit } from './runtime.ts'
import { lastOutputMs, makeSandbox, openLogs, pruneSandboxes, sandboxPath } from './sandbox.ts'
import { changeCondition } from './task-events.ts'
import type { Condition, Instance, Place } from './types.ts'

/** Told of each task that ended, with the instance as it was before. */
export type TaskEnded = (instance: Instance, condition: Condition, message: string) => void

// How many containers are created at a time: Docker slows down beyond.
const startsAtOnce = 8
// Includes the pull of the image. Source: what deployers of large images give Marathon as --task_launch_timeout.
const launchTimeoutMs = 30 * 60_000
// The docker executor's default grace. Source: Mesos, executor_shutdown_grace_period.
const defaultGraceSeconds = 5
const killRetryMs = 30_000
const logEndMs = 5000

/** Starts, watches and ends the containers of tasks. */
export class TaskRunner {
  readonly #context: EngineContext
  readonly #ended: TaskEnded
  readonly #starts = new Limiter(startsAtOnce)
  /** By container name; aborted when the task ends. */
  readonly #running = new Map<string, { readonly abort: AbortController; logs: Promise<void> }>()
  /** Containers that ended before their start had been told. */
  readonly #early = new Map<string, ContainerExit>()
  readonly #starting = new Set<string>()
  readonly #stopping = new Set<string>()
  readonly health: HealthWatch

  constructor(context: EngineContext, ended: TaskEnded) {
    this.#context = context
    this.#ended = ended
    this.health = new HealthWatch(context, (instance, reason) => this.kill(instance, 'unhealthy', reason))
  }

  /** Gives the instance its place and starts its container. */
  launch(instance: Instance, { agentId, ports: hostPorts }: Place): void {
    const containerName = `mesos-${randomUUID()}`
    const stagedAt = isoTime(this.#context.clock.now())
    const staged = changeCondition(
      this.#context,
      { ...instance, agentId, hostPorts, containerName, stagedAt },
      'Staging',
    )
    const abort = new AbortController()
    this.#running.set(containerName, { abort, logs: Promise.resolve() })
    this.#starting.add(containerName)
    void this.#starts
      .run(() => this.#start(staged, containerName, abort.signal))
      .catch((error: unknown) => {
        this.#context.log(`start of ${staged.app.id}: ${messageOf(error)}`)
      })
  }

  async #start(instance: Instance, name: string, aborted: AbortSignal): Promise<void> {
    const { sandboxes, runtime, world, clock } = this.#context
    const agent = agentOf(this.#context, instance)
    const sandbox = sandboxPath(sandboxes, instance.app.id, taskIdOf(instance))
    let address: string | undefined
    try {
      aborted.throwIfAborted()
      const request = containerRequest(instance, { agent, engineId: world.engineId, sandbox })
      await makeSandbox(sandbox)
      const signal = AbortSignal.any([aborted, this.#context.signal, AbortSignal.timeout(launchTimeoutMs)])
      address = (await runtime.start(request, signal)).address
    } catch (error) {
      this.#starting.delete(name)
      if (!this.#context.signal.aborted)
        this.#endByName(name, 'Failed', `Failed to launch container: ${messageOf(error)}`)
      return
    }
    this.#starting.delete(name)
    const present = world.instances.get(instance.id)
    if (!present || present.containerName !== name) return
    const startedAt = isoTime(clock.now())
    const started: Instance = { ...present, startedAt, ...(address === undefined ? {} : { address }) }
    if (present.condition === 'Killing') {
      world.setInstance(started)
      void this.#stop(started, name)
    } else {
      this.#follow(changeCondition(this.#context, started, 'Running'), name)
    }
    const early = this.#early.get(name)
    if (early) this.exited(name, early)
    this.#context.poke()
  }

  /** Takes over a container that outlived an earlier engine. */
  adopt(instance: Instance, address: string | undefined): void {
    const name = instance.containerName ?? ''
    this.#running.set(name, { abort: new AbortController(), logs: Promise.resolve() })
    const startedAt = instance.startedAt ?? isoTime(this.#context.clock.now())
    const known: Instance = { ...instance, startedAt, ...(address === undefined ? {} : { address }) }
    if (instance.condition === 'Killing') {
      this.#context.world.setInstance(known)
      void this.#stop(known, name)
      return
    }
    const running =
      instance.condition === 'Running' ? known : changeCondition(this.#context, known, 'Running')
    this.#context.world.setInstance(running)
    this.#follow(running, name, true)
  }

  #follow(instance: Instance, name: string, resumed = false): void {
    const running = this.#running.get(name)
    if (!running) return
    running.logs = this.#capture(instance, name, resumed).catch((error: unknown) => {
      if (!this.#context.signal.aborted) this.#context.log(`logs of ${instance.app.id}: ${messageOf(error)}`)
    })
    this.health.watch(instance, AbortSignal.any([running.abort.signal, this.#context.signal]))
  }

  async #capture(instance: Instance, name: string, resumed: boolean): Promise<void> {
    const { sandboxes, runtime } = this.#context
    const sandbox = sandboxPath(sandboxes, instance.app.id, taskIdOf(instance))
    const since = resumed ? await lastOutputMs(sandbox) : undefined
    await makeSandbox(sandbox)
    const sink = openLogs(sandbox, sandboxes.logBytes)
    try {
      await runtime.captureLogs(name, sink, since)
    } finally {
      await sink.close()
    }
  }

  /** Ends a task: SIGTERM, grace, SIGKILL. One that still waits for an offer just vanishes. */
  kill(instance: Instance, reason: 'wanted' | 'unhealthy', message: string): void {
    const killing: Instance = { ...instance, killing: { reason, message } }
    const name = instance.containerName
    if (!isActive(instance) || name === undefined) return this.#ended(killing, 'Killed', message)
    if (instance.condition === 'Killing')
      return this.#context.world.setInstance({ ...instance, goal: instance.goal })
    const changed = changeCondition(this.#context, killing, 'Killing', message)
    if (this.#starting.has(name)) this.#running.get(name)?.abort.abort(new Error('the task was killed'))
    else void this.#stop(changed, name)
  }

  async #stop(instance: Instance, name: string): Promise<void> {
    if (this.#stopping.has(name)) return
    this.#stopping.add(name)
    const { runtime, clock, signal } = this.#context
    const grace = instance.app.taskKillGracePeriodSeconds ?? defaultGraceSeconds
    try {
      while (!signal.aborted && this.#running.has(name)) {
        try {
          await runtime.stop(name, grace)
          this.exited(name, { exitCode: 0, outOfMemory: false })
        } catch (error) {
          this.#context.log(`kill of ${instance.app.id}: ${messageOf(error)}`)
          await clock.sleep(killRetryMs, signal).catch(() => undefined)
        }
      }
    } finally {
      this.#stopping.delete(name)
    }
  }

  /** A container ended, by itself or because we asked for it. Told twice, the second time changes nothing. */
  exited(name: string, exit: ContainerExit): void {
    if (this.#starting.has(name)) {
      this.#early.set(name, exit)
      return
    }
    const message = exit.outOfMemory
      ? `Container exited with status ${exit.exitCode}: out of memory`
      : `Container exited with status ${exit.exitCode}`
    this.#endByName(name, exit.exitCode === 0 ? 'Finished' : 'Failed', message)
  }

  /** A container is gone without a trace. */
  lost(name: string, message: string): void {
    this.#endByName(name, 'Failed', message)
  }

  #endByName(name: string, condition: Condition, message: string): void {
    this.#early.delete(name)
    const running = this.#running.get(name)
    const instance = [...this.#context.world.instances.values()].find(
      (candidate) => candidate.containerName === name,
    )
    if (!running || !instance || this.#context.signal.aborted) return
    this.#running.delete(name)
    running.abort.abort()
    void this.#clear(instance, name, running.logs)
    if (instance.condition === 'Killing')
      this.#ended(instance, 'Killed', instance.killing?.message ?? 'Container killed')
    else this.#ended(instance, condition, message)
  }

  /** Removes the container once its last output is in the sandbox. */
  async #clear(instance: Instance, name: string, logs: Promise<void>): Promise<void> {
    const { runtime, sandboxes, world, log } = this.#context
    const late = AbortSignal.timeout(logEndMs)
    const timeUp = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()))
    await Promise.race([logs, timeUp])
    await runtime.remove(name).catch((error: unknown) => log(`removal of ${name}: ${messageOf(error)}`))
    const alive = new Set(world.instancesOf(instance.app.id).map(taskIdOf))
    await pruneSandboxes(sandboxes, instance.app.id, alive)
  }
}
