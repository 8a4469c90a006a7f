import { randomUUID } from 'node:crypto'
import type { Resources } from '../../../src/engine/types.ts'
import { fromMesos, minus, toMesos } from './mesos-resources.ts'
import {
  isTerminal,
  type FrameworkInfo,
  type KnownTask,
  type Offer,
  type SlaveInfo,
  type TaskStatus,
} from './mesos-types.ts'

export interface Slave {
  readonly id: string
  info: SlaveInfo
  readonly tasks: Map<string, KnownTask>
  readonly registeredAt: number
  /** Undefined while there is no connection. */
  send: ((message: object) => void) | undefined
  lostTimer?: NodeJS.Timeout
}

export interface Framework {
  readonly id: string
  info: FrameworkInfo
  streamId: string
  send: ((event: object) => void) | undefined
  /** By slave: no offers before this time (ms). */
  readonly declined: Map<string, number>
}

/** What the leading master knows; all of it comes from slaves and frameworks, and is told again to a new leader. */
export class ClusterState {
  readonly slaves = new Map<string, Slave>()
  readonly frameworks = new Map<string, Framework>()
  readonly offers = new Map<string, Offer>()

  freeOf(slave: Slave): Resources {
    const active = [...slave.tasks.values()].filter(({ status }) => !isTerminal(status.state))
    return minus(
      fromMesos(slave.info.resources),
      active.map(({ info }) => fromMesos(info.resources)),
    )
  }

  /** Offers what connected slaves have free to the connected frameworks in turn. */
  allocate(): void {
    const now = Date.now()
    for (const slave of this.slaves.values()) {
      const offered = [...this.offers.values()].some((offer) => offer.agent_id.value === slave.id)
      if (!slave.send || offered) continue
      const framework = [...this.frameworks.values()].find(
        ({ send, declined }) => send !== undefined && (declined.get(slave.id) ?? 0) <= now,
      )
      if (framework) this.#offer(slave, framework)
    }
  }

  #offer(slave: Slave, framework: Framework): void {
    const { hostname, address, port, attributes } = slave.info
    const offer: Offer = {
      id: { value: `${framework.id}-O${randomUUID()}` },
      agent_id: { value: slave.id },
      framework_id: { value: framework.id },
      hostname,
      resources: toMesos(this.freeOf(slave)),
      attributes: Object.entries(attributes).map(([name, value]) => ({
        name,
        type: 'TEXT',
        text: { value },
      })),
      url: { address: { hostname, ip: address, port } },
    }
    this.offers.set(offer.id.value, offer)
    framework.send?.({ type: 'OFFERS', offers: { offers: [offer] } })
  }

  /** Takes back what was offered of a slave or to a framework. */
  rescind(matches: (offer: Offer) => boolean): void {
    for (const [id, offer] of this.offers) {
      if (!matches(offer)) continue
      this.offers.delete(id)
      this.frameworks
        .get(offer.framework_id.value)
        ?.send?.({ type: 'RESCIND', rescind: { offer_id: offer.id } })
    }
  }

  /** Keeps a task's new state and tells its framework. */
  update(slave: Slave, task: KnownTask, status: TaskStatus): void {
    const ends = isTerminal(status.state) && !isTerminal(task.status.state)
    slave.tasks.set(status.task_id.value, { ...task, status })
    this.frameworks.get(task.framework)?.send?.({ type: 'UPDATE', update: { status } })
    if (!ends) return
    this.rescind((offer) => offer.agent_id.value === slave.id)
    this.allocate()
  }

  taskOf(taskId: string): { readonly slave: Slave; readonly task: KnownTask } | undefined {
    for (const slave of this.slaves.values()) {
      const task = slave.tasks.get(taskId)
      if (task) return { slave, task }
    }
    return undefined
  }
}
