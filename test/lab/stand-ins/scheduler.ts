import type { World } from '../../../src/engine/world.ts'
import type { ContainerRequest } from '../../../src/engine/container-request.ts'
import { isActive, taskIdOf } from '../../../src/engine/instance.ts'
import type { ContainerRuntime, RuntimeListener, StartedContainer } from '../../../src/engine/runtime.ts'
import type { Agent, Instance } from '../../../src/engine/types.ts'
import { fromMesos, plus, toMesos } from './mesos-resources.ts'
import { isTerminal, type Offer, type TaskInfo, type TaskStatus } from './mesos-types.ts'

export interface SchedulerOptions {
  readonly call: (body: object) => Promise<void>
  readonly world: () => World
  /** Offers have changed: the queue looks again. */
  readonly poke: () => void
  readonly log: (line: string) => void
}

interface Waiting {
  resolve(started: StartedContainer): void
  reject(error: Error): void
}

/** Marathon's framework: its container runtime is a Mesos cluster. Offers are held until they are used or rescinded. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #offers = new Map<string, Offer>()
  readonly #agents = new Map<string, Agent>()
  readonly #starts = new Map<string, Waiting>()
  /** Starts that have not been sent: they hold nothing of what the master has offered. */
  readonly #unsent = new Set<string>()
  readonly #stops = new Map<string, () => void>()
  readonly #offerWaiters = new Set<() => void>()
  #listener: RuntimeListener | undefined

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  get agents(): readonly Agent[] {
    return [...this.#agents.values()]
  }

  /** One event of the stream. */
  hear(event: SchedulerEvent): void {
    if (event.type === 'OFFERS') for (const offer of event.offers?.offers ?? []) this.#offered(offer)
    if (event.type === 'RESCIND') this.#offers.delete(event.rescind?.offer_id.value ?? '')
    if (event.type === 'UPDATE' && event.update) this.#updated(event.update.status)
    if (event.type === 'FAILURE') this.#agents.delete(event.failure?.agent_id?.value ?? '')
    this.#options.poke()
  }

  /** The stream was cut: offers are void. Agents stay known, for their tasks go on. */
  disconnected(): void {
    this.#offers.clear()
  }

  #offered(offer: Offer): void {
    this.#offers.set(offer.id.value, offer)
    const id = offer.agent_id.value
    const here = [...this.#options.world().instances.values()].filter(
      (instance) =>
        instance.agentId === id && isActive(instance) && !this.#unsent.has(instance.containerName ?? ''),
    )
    const used = here.map(({ app, hostPorts }) => ({
      ...{ cpus: app.cpus, mem: app.mem, disk: app.disk, gpus: app.gpus },
      ports: hostPorts.map((port) => ({ first: port, last: port })),
    }))
    const attributes = Object.fromEntries(offer.attributes.map(({ name, text }) => [name, text.value]))
    const { hostname, url } = offer
    const resources = plus([fromMesos(offer.resources), ...used])
    this.#agents.set(id, { id, hostname, address: url.address.ip, attributes, resources })
    for (const waiter of this.#offerWaiters) waiter()
  }

  #instanceOf(taskId: string): Instance | undefined {
    return [...this.#options.world().instances.values()].find((instance) => taskIdOf(instance) === taskId)
  }

  #updated(status: TaskStatus): void {
    const taskId = status.task_id.value
    if (status.uuid !== undefined) {
      const { agent_id, task_id, uuid } = status
      this.#send({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } })
    }
    const instance = this.#instanceOf(taskId)
    const name = instance?.containerName
    if (!name) {
      // Of an earlier leader, or given up: nobody wants it.
      if (!isTerminal(status.state)) this.#send({ type: 'KILL', kill: { task_id: { value: taskId } } })
      return
    }
    if (status.state === 'TASK_RUNNING') this.#starts.get(name)?.resolve(startedOf(instance, status))
    if (isTerminal(status.state)) this.#ended(name, status)
  }

  #ended(name: string, status: TaskStatus): void {
    this.#starts.get(name)?.reject(new Error(status.message ?? status.state))
    const stop = this.#stops.get(name)
    if (stop) return stop()
    this.#listener?.exited(name, {
      exitCode: exitCodeOf(status),
      outOfMemory: /out of memory/.test(status.message ?? ''),
    })
  }

  #send(body: object): void {
    this.#options.call(body).catch((error: unknown) => this.#options.log(`call to Mesos: ${String(error)}`))
  }

  /** What the engine starts containers with. */
  runtime(): ContainerRuntime {
    return {
      info: () => Promise.resolve({ version: 'Mesos', cpus: 0, mem: 0 }),
      start: (request, signal) => this.#start(request, signal),
      stop: (name) => this.#stop(name),
      remove: () => Promise.resolve(),
      list: () => Promise.resolve(this.#assumed()),
      exec: () => Promise.reject(new Error('commands as health checks are not run by this stand-in')),
      captureLogs: () => Promise.resolve(),
      follow: (listener) => (this.#listener = listener) && undefined,
    }
  }

  /** A new leader takes for granted that tasks go on as they did; the reconciliation says where it is wrong. */
  #assumed(): Awaited<ReturnType<ContainerRuntime['list']>> {
    return [...this.#options.world().instances.values()].flatMap((instance) => {
      if (!isActive(instance) || instance.condition === 'Staging') return []
      const { address } = instance
      const name = instance.containerName ?? ''
      return [
        {
          name,
          taskId: taskIdOf(instance),
          state: 'running' as const,
          ...(address === undefined ? {} : { address }),
        },
      ]
    })
  }

  async #start(request: ContainerRequest, signal: AbortSignal): Promise<StartedContainer> {
    const instance = [...this.#options.world().instances.values()].find(
      (one) => one.containerName === request.name,
    )
    if (!instance) throw new Error('the task is gone')
    const started = new Promise<StartedContainer>((resolve, reject) =>
      this.#starts.set(request.name, { resolve, reject }),
    )
    started.catch(() => undefined)
    this.#unsent.add(request.name)
    const kill = (): void => this.#send({ type: 'KILL', kill: { task_id: { value: taskIdOf(instance) } } })
    try {
      const offer = await this.#offerOf(request.agentId, signal)
      this.#offers.delete(offer.id.value)
      this.#unsent.delete(request.name)
      signal.addEventListener('abort', kill)
      const launch = { task_infos: [taskInfoOf(instance, request)] }
      const accept = { offer_ids: [offer.id], operations: [{ type: 'LAUNCH', launch }] }
      await this.#options.call({ type: 'ACCEPT', accept })
      return await started
    } finally {
      signal.removeEventListener('abort', kill)
      this.#starts.delete(request.name)
      this.#unsent.delete(request.name)
    }
  }

  async #offerOf(agentId: string, signal: AbortSignal): Promise<Offer> {
    for (;;) {
      const offer = [...this.#offers.values()].find(({ agent_id }) => agent_id.value === agentId)
      if (offer) return offer
      await new Promise<void>((resolve, reject) => {
        const done = (): void => {
          this.#offerWaiters.delete(done)
          signal.removeEventListener('abort', done)
          if (signal.aborted) reject(new Error('the task was killed'))
          else resolve()
        }
        this.#offerWaiters.add(done)
        signal.addEventListener('abort', done)
      })
    }
  }

  async #stop(name: string): Promise<void> {
    const instance = [...this.#options.world().instances.values()].find((one) => one.containerName === name)
    if (!instance) return
    const ended = new Promise<void>((resolve) => this.#stops.set(name, resolve))
    try {
      await this.#options.call({ type: 'KILL', kill: { task_id: { value: taskIdOf(instance) } } })
      await ended
    } finally {
      this.#stops.delete(name)
    }
  }
}

export interface SchedulerEvent {
  readonly type: string
  readonly subscribed?: { readonly framework_id: { readonly value: string } }
  readonly offers?: { readonly offers: readonly Offer[] }
  readonly rescind?: { readonly offer_id: { readonly value: string } }
  readonly update?: { readonly status: TaskStatus }
  readonly failure?: { readonly agent_id?: { readonly value: string } }
  readonly error?: { readonly message: string }
}

function startedOf({ app }: Instance, status: TaskStatus): StartedContainer {
  if (app.networks.some(({ mode }) => mode === 'host')) return {}
  const networks = (status.container_status?.network_infos ?? []) as {
    ip_addresses?: { ip_address: string }[]
  }[]
  const address = networks[0]?.ip_addresses?.[0]?.ip_address
  return address === undefined ? {} : { address }
}

function exitCodeOf({ state, message }: TaskStatus): number {
  if (state === 'TASK_FINISHED') return 0
  return Number(/exited with status (\d+)/.exec(message ?? '')?.[1] ?? 1)
}

const defaultGraceSeconds = 5

function taskInfoOf(instance: Instance, request: ContainerRequest): TaskInfo {
  const { app, hostPorts } = instance
  const ports = hostPorts.map((port) => ({ first: port, last: port }))
  const seconds = app.taskKillGracePeriodSeconds ?? defaultGraceSeconds
  return {
    // Source: Marathon names a task by its path from the inside out, `web.dev`.
    name: app.id.split('/').slice(1).reverse().join('.'),
    task_id: { value: taskIdOf(instance) },
    agent_id: { value: request.agentId },
    resources: toMesos({ cpus: app.cpus, mem: app.mem, disk: app.disk, gpus: app.gpus, ports }),
    container: {
      type: 'DOCKER',
      docker: {
        image: request.image,
        force_pull_image: request.forcePull,
        network: (request.body.HostConfig.NetworkMode ?? 'host').toUpperCase(),
      },
    },
    kill_policy: { grace_period: { nanoseconds: seconds * 1e9 } },
    data: Buffer.from(JSON.stringify(request)).toString('base64'),
  }
}
