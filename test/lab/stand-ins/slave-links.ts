import type { ClusterState, Slave } from './cluster-state.ts'
import type { Answer, Call } from './http-answers.ts'
import { isTerminal, type KnownTask, type SlaveInfo, type TaskStatus } from './mesos-types.ts'
import { beginRecords } from './record-io.ts'

/** What a slave sends to (re-)register. Mesos has messages of its own for this; the way here is HTTP. */
export interface Registration {
  /** Undefined the first time. */
  readonly id?: string
  readonly info: SlaveInfo
  readonly tasks: readonly KnownTask[]
}

export interface SlaveLinksOptions {
  readonly state: ClusterState
  /** Writes a slave to the registry; gives its id. */
  readonly admit: (id: string | undefined) => Promise<string>
  /** How long a slave may be away until its tasks are told as unreachable. */
  readonly unreachableMs: number
}

const pingMs = 15_000

/** The leading master's side of its connections with slaves. */
export class SlaveLinks {
  readonly #options: SlaveLinksOptions

  constructor(options: SlaveLinksOptions) {
    this.#options = options
  }

  async register(call: Call): Promise<Answer | undefined> {
    const { id: known, info, tasks } = (await call.body()) as Registration
    const id = await this.#options.admit(known)
    const { state } = this.#options
    const send = beginRecords(call.response)
    const before = state.slaves.get(id)
    clearTimeout(before?.lostTimer)
    const slave: Slave = { id, info, tasks: new Map(), registeredAt: Date.now() / 1000, send }
    for (const task of tasks) slave.tasks.set(task.info.task_id.value, task)
    state.slaves.set(id, slave)
    state.rescind((offer) => offer.agent_id.value === id)
    send({ type: 'REGISTERED', id })
    for (const task of tasks)
      state.frameworks.get(task.framework)?.send?.({
        type: 'UPDATE',
        update: { status: { ...task.status, reason: 'REASON_SLAVE_REREGISTERED' } },
      })
    const ping = setInterval(() => send({ type: 'PING' }), pingMs)
    call.response.on('close', () => {
      clearInterval(ping)
      this.#away(slave)
    })
    state.allocate()
    return undefined
  }

  #away(slave: Slave): void {
    const { state, unreachableMs } = this.#options
    if (state.slaves.get(slave.id) !== slave) return
    slave.send = undefined
    state.rescind((offer) => offer.agent_id.value === slave.id)
    slave.lostTimer = setTimeout(() => this.#unreachable(slave), unreachableMs)
    slave.lostTimer.unref()
  }

  #unreachable(slave: Slave): void {
    const { state } = this.#options
    if (state.slaves.get(slave.id) !== slave || slave.send) return
    state.slaves.delete(slave.id)
    for (const framework of state.frameworks.values())
      framework.send?.({ type: 'FAILURE', failure: { agent_id: { value: slave.id } } })
    for (const task of slave.tasks.values()) {
      if (isTerminal(task.status.state)) continue
      const status: TaskStatus = {
        task_id: task.info.task_id,
        agent_id: { value: slave.id },
        state: 'TASK_UNREACHABLE',
        message: `Slave ${slave.info.hostname} is unreachable: health check timed out`,
        reason: 'REASON_SLAVE_REMOVED',
        source: 'SOURCE_MASTER',
        timestamp: Date.now() / 1000,
      }
      state.frameworks.get(task.framework)?.send?.({ type: 'UPDATE', update: { status } })
    }
  }

  async update(call: Call): Promise<Answer> {
    const { id, task } = (await call.body()) as { id: string; task: KnownTask }
    const slave = this.#options.state.slaves.get(id)
    if (!slave) return { status: 403, text: 'unknown slave' }
    const before = slave.tasks.get(task.info.task_id.value) ?? {
      ...task,
      status: { ...task.status, state: 'TASK_STAGING' },
    }
    this.#options.state.update(slave, before, task.status)
    return { status: 202 }
  }
}
