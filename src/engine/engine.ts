import type { Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import type { TaskFailure } from '../marathon/types.ts'
import { adoptContainers, reconcile } from './adopt.ts'
import { agentOf, type EngineContext } from './context.ts'
import { Deployer } from './deployer.ts'
import { EventBus } from './event-bus.ts'
import { isCurrent, isoTime, newInstance, nextIncarnation, taskIdOf, taskStateOf } from './instance.ts'
import { LaunchQueue } from './launch-queue.ts'
import type { Prober } from './probe.ts'
import type { ContainerRuntime } from './runtime.ts'
import type { Sandboxes } from './sandbox.ts'
import type { StateJournal } from './state-journal.ts'
import { changeCondition, publishCondition } from './task-events.ts'
import { TaskRunner } from './task-runner.ts'
import { backoffStates, type Agent, type Condition, type Instance, type PortRange } from './types.ts'
import { World } from './world.ts'

export interface EngineParts {
  readonly agent: Agent
  /** For a cluster: the agents that may take tasks now. One machine has `agent` alone. */
  readonly agents?: () => readonly Agent[]
  readonly runtime: ContainerRuntime
  readonly prober: Prober
  readonly journal: StateJournal
  readonly clock: Clock
  readonly sandboxes: Sandboxes
  /** Service ports handed out. Source: Marathon's --local_port_min/max. */
  readonly servicePorts?: PortRange
  readonly log?: (line: string) => void
}

const defaultServicePorts: PortRange = { first: 10_000, last: 20_000 }
// Source: Marathon's --scale_apps_interval.
const scaleCheckMs = 300_000

/** The scheduler: keeps what is wanted, runs what is kept. All changes are made synchronously, one after the other. */
export class Engine {
  readonly context: EngineContext
  readonly deployer: Deployer
  readonly queue: LaunchQueue
  readonly runner: TaskRunner
  readonly #stop = new AbortController()
  #pokeTimer: NodeJS.Immediate | undefined
  #wake: AbortController | undefined

  constructor(parts: EngineParts) {
    const { clock, journal, servicePorts = defaultServicePorts, log = () => undefined } = parts
    const { agents = () => [parts.agent] } = parts
    this.context = {
      ...parts,
      servicePorts,
      agents,
      log,
      world: new World(journal),
      bus: new EventBus(clock),
      signal: this.#stop.signal,
      poke: () => this.#poke(),
    }
    this.runner = new TaskRunner(this.context, (instance, condition, message) =>
      this.#ended(instance, condition, message),
    )
    this.queue = new LaunchQueue(this.context, (instance, place) => this.runner.launch(instance, place))
    this.deployer = new Deployer(this.context, (instance) =>
      this.runner.kill(instance, 'wanted', 'Container killed'),
    )
  }

  /** Takes over the containers of an earlier run and begins to work. */
  async start(): Promise<void> {
    const { runtime, signal } = this.context
    await adoptContainers(this.context, this.runner)
    runtime.follow(
      {
        exited: (name, exit) => this.runner.exited(name, exit),
        resync: () =>
          void reconcile(this.context, this.runner).catch((error: unknown) =>
            this.context.log(messageOf(error)),
          ),
      },
      signal,
    )
    void this.#checkScaleForever().catch(() => undefined)
    this.#poke()
  }

  /** Stops working; containers go on, and everything is on disk. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the engine stops'))
    clearImmediate(this.#pokeTimer)
    this.#wake?.abort()
    await this.context.world.flush()
  }

  /** Kills a task; it is replaced unless its app shall have one fewer. */
  killTask(instance: Instance): void {
    this.runner.kill(instance, 'wanted', 'Container killed')
    this.#poke()
  }

  /** Kills a task for good: its app has been scaled down already. */
  removeTask(instance: Instance): void {
    const leaving: Instance = { ...instance, goal: 'Decommissioned' }
    this.context.world.setInstance(leaving)
    this.killTask(leaving)
  }

  #poke(): void {
    if (this.#pokeTimer || this.#stop.signal.aborted) return
    this.#pokeTimer = setImmediate(() => {
      this.#pokeTimer = undefined
      this.#tick()
    })
  }

  #tick(): void {
    try {
      this.deployer.advance()
      const next = this.queue.launchDue()
      if (next !== undefined) this.#wakeAt(next)
    } catch (error) {
      this.context.log(`internal error: ${error instanceof Error ? error.stack : messageOf(error)}`)
    }
    this.context.world
      .flush()
      .catch((error: unknown) => this.context.log(`cannot write the state: ${messageOf(error)}`))
  }

  #wakeAt(ms: number): void {
    this.#wake?.abort()
    const wake = new AbortController()
    this.#wake = wake
    const signal = AbortSignal.any([wake.signal, this.#stop.signal])
    void this.context.clock.sleep(Math.max(0, ms - this.context.clock.now()), signal).then(
      () => this.#poke(),
      () => undefined,
    )
  }

  /** A task has ended: tell, remember why, and let its instance wait for the next start or vanish. */
  #ended(instance: Instance, condition: Condition, message: string): void {
    const { world } = this.context
    publishCondition(this.context, { ...instance, condition }, message)
    const state = taskStateOf(condition)
    if (
      instance.killing?.reason === 'unhealthy' ||
      (state !== 'TASK_FINISHED' && backoffStates.includes(state))
    ) {
      world.setFailure(instance.app.id, this.#failureOf(instance, condition, message))
    }
    if (backoffStates.includes(state) && instance.killing === undefined) this.queue.delay(instance.app)
    world.removeInstance(instance)
    if (instance.goal === 'Running') this.#reschedule(instance)
    if (!world.apps.has(instance.app.id) && world.instancesOf(instance.app.id).length === 0)
      this.queue.forget(instance.app.id)
    this.#poke()
  }

  /** The same instance waits again, with the app as it stands now. One of an outdated configuration is left to the deployment. */
  #reschedule(instance: Instance): void {
    const { world, clock } = this.context
    const app = world.apps.get(instance.app.id)
    if (!app) return
    if (isCurrent(instance, app)) {
      changeCondition(this.context, { ...nextIncarnation(instance, clock.now()), app }, 'Scheduled')
    } else if (world.locksOf(app.id).length === 0) {
      changeCondition(this.context, newInstance(app, clock.now()), 'Scheduled')
    }
  }

  #failureOf(instance: Instance, condition: Condition, message: string): TaskFailure {
    const { clock } = this.context
    const agent = agentOf(this.context, instance)
    return {
      appId: instance.app.id,
      host: agent.hostname,
      message,
      state: taskStateOf(condition),
      taskId: taskIdOf(instance),
      timestamp: isoTime(clock.now()),
      version: instance.app.version,
      slaveId: agent.id,
    }
  }

  /** Apps that a cancelled deployment left half-way come to their number again. */
  async #checkScaleForever(): Promise<void> {
    const { clock, signal, world } = this.context
    for (;;) {
      await clock.sleep(scaleCheckMs, signal)
      for (const app of world.apps.values()) {
        if (world.locksOf(app.id).length === 0) this.deployer.scale(app, world.instancesOf(app.id))
      }
      this.#poke()
    }
  }
}
