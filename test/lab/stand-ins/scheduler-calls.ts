import { randomUUID } from 'node:crypto'
import type { ClusterState, Framework } from './cluster-state.ts'
import type { Answer, Call } from './http-answers.ts'
import { beginRecords } from './record-io.ts'
import { isTerminal, type FrameworkInfo, type Offer, type TaskInfo, type TaskStatus } from './mesos-types.ts'
import { fromMesos, minus } from './mesos-resources.ts'

interface Value {
  readonly value: string
}

export interface SchedulerCall {
  readonly type: string
  readonly framework_id?: Value
  readonly subscribe?: { readonly framework_info: FrameworkInfo }
  readonly accept?: {
    readonly offer_ids: readonly Value[]
    readonly operations: readonly {
      readonly type: string
      readonly launch?: { readonly task_infos: readonly TaskInfo[] }
    }[]
  }
  readonly decline?: {
    readonly offer_ids: readonly Value[]
    readonly filters?: { readonly refuse_seconds?: number }
  }
  readonly kill?: { readonly task_id: Value }
  readonly acknowledge?: { readonly agent_id: Value; readonly task_id: Value; readonly uuid: string }
  readonly reconcile?: { readonly tasks: readonly { readonly task_id: Value }[] }
}

const heartBeatMs = 15_000
const accepted: Answer = { status: 202 }

/** Mesos' v1 scheduler API, as the leading master answers it. */
export class SchedulerCalls {
  readonly #state: ClusterState
  readonly #newFrameworkId: () => Promise<string>

  constructor(state: ClusterState, newFrameworkId: () => Promise<string>) {
    this.#state = state
    this.#newFrameworkId = newFrameworkId
  }

  async answer(call: Call): Promise<Answer | undefined> {
    if (call.method !== 'POST') return { status: 405, text: 'Expecting one of { POST }' }
    const body = (await call.body()) as SchedulerCall
    if (body.type === 'SUBSCRIBE') return await this.#subscribe(call, body)
    const framework = this.#state.frameworks.get(body.framework_id?.value ?? '')
    if (!framework?.send) return { status: 403, text: 'Framework is not subscribed' }
    if (call.headers['mesos-stream-id'] !== framework.streamId)
      return {
        status: 400,
        text: 'The stream ID included in this request did not match the stream ID currently associated',
      }
    return this.#act(framework, body)
  }

  async #subscribe(call: Call, { subscribe }: SchedulerCall): Promise<Answer | undefined> {
    const info = subscribe?.framework_info
    if (!info) return { status: 400, text: "Expecting 'subscribe' to be present" }
    const id = info.id?.value ?? (await this.#newFrameworkId())
    const streamId = randomUUID()
    const known = this.#state.frameworks.get(id)
    known?.send?.({ type: 'ERROR', error: { message: 'Framework failed over' } })
    const send = beginRecords(call.response, { 'Mesos-Stream-Id': streamId })
    const framework: Framework = known ?? { id, info, streamId, send, declined: new Map() }
    Object.assign(framework, { info, streamId, send })
    framework.declined.clear()
    this.#state.frameworks.set(id, framework)
    const beat = setInterval(() => send({ type: 'HEARTBEAT' }), heartBeatMs)
    call.response.on('close', () => {
      clearInterval(beat)
      if (framework.streamId !== streamId) return
      framework.send = undefined
      this.#state.rescind((offer) => offer.framework_id.value === id)
      this.#state.allocate()
    })
    const heart = heartBeatMs / 1000
    send({
      type: 'SUBSCRIBED',
      subscribed: { framework_id: { value: id }, heartbeat_interval_seconds: heart },
    })
    this.#state.rescind((offer) => offer.framework_id.value === id)
    this.#state.allocate()
    return undefined
  }

  #act(framework: Framework, body: SchedulerCall): Answer {
    switch (body.type) {
      case 'ACCEPT':
        return this.#accept(framework, body)
      case 'DECLINE':
        return this.#decline(framework, body)
      case 'REVIVE':
        framework.declined.clear()
        this.#state.allocate()
        return accepted
      case 'KILL':
        return this.#kill(framework, body.kill?.task_id.value ?? '')
      case 'ACKNOWLEDGE':
        return this.#acknowledge(body)
      case 'RECONCILE':
        return this.#reconcile(framework, body)
      default:
        return { status: 501, text: `Received '${body.type}' call` }
    }
  }

  #accept(framework: Framework, { accept }: SchedulerCall): Answer {
    const launched = accept?.operations.flatMap(({ launch }) => launch?.task_infos ?? []) ?? []
    const offers = (accept?.offer_ids ?? []).map(({ value }) => this.#state.offers.get(value))
    for (const offer of offers) if (offer) this.#state.offers.delete(offer.id.value)
    for (const info of launched) this.#launch(framework, info, offers)
    this.#state.allocate()
    return accepted
  }

  #launch(framework: Framework, info: TaskInfo, offers: readonly (Offer | undefined)[]): void {
    const slave = this.#state.slaves.get(info.agent_id.value)
    const fault =
      !slave?.send || offers.includes(undefined)
        ? 'Task launched with invalid offers'
        : overdrawn(this.#state, info)
    const status: TaskStatus = {
      task_id: info.task_id,
      agent_id: info.agent_id,
      state: fault === undefined ? 'TASK_STAGING' : 'TASK_DROPPED',
      source: 'SOURCE_MASTER',
      timestamp: Date.now() / 1000,
      ...(fault === undefined ? {} : { message: fault, reason: 'REASON_INVALID_OFFERS' }),
    }
    if (fault !== undefined || !slave) return framework.send?.({ type: 'UPDATE', update: { status } })
    slave.tasks.set(info.task_id.value, { framework: framework.id, info, status })
    slave.send?.({ type: 'LAUNCH', framework: framework.id, task: info })
  }

  #decline(framework: Framework, { decline }: SchedulerCall): Answer {
    // Source: Mesos' default of refuse_seconds.
    const seconds = decline?.filters?.refuse_seconds ?? 5
    for (const { value } of decline?.offer_ids ?? []) {
      const offer = this.#state.offers.get(value)
      if (!offer) continue
      this.#state.offers.delete(value)
      framework.declined.set(offer.agent_id.value, Date.now() + seconds * 1000)
      setTimeout(() => this.#state.allocate(), seconds * 1000 + 1).unref()
    }
    this.#state.allocate()
    return accepted
  }

  #kill(framework: Framework, taskId: string): Answer {
    const known = this.#state.taskOf(taskId)
    if (known) known.slave.send?.({ type: 'KILL', task_id: taskId })
    else this.#tellUnknown(framework, taskId)
    return accepted
  }

  #acknowledge({ acknowledge }: SchedulerCall): Answer {
    if (!acknowledge) return { status: 400, text: "Expecting 'acknowledge' to be present" }
    const slave = this.#state.slaves.get(acknowledge.agent_id.value)
    const task = slave?.tasks.get(acknowledge.task_id.value)
    slave?.send?.({ type: 'ACKNOWLEDGE', uuid: acknowledge.uuid })
    if (task && isTerminal(task.status.state)) slave?.tasks.delete(acknowledge.task_id.value)
    return accepted
  }

  /** Of the tasks named, or of all when none is. */
  #reconcile(framework: Framework, { reconcile }: SchedulerCall): Answer {
    const named = (reconcile?.tasks ?? []).map(({ task_id }) => task_id.value)
    const all = [...this.#state.slaves.values()].flatMap(({ tasks }) => [...tasks.values()])
    const own = all.filter((task) => task.framework === framework.id)
    const chosen = named.length === 0 ? own : own.filter(({ info }) => named.includes(info.task_id.value))
    for (const { status } of chosen) {
      // One that is told for this has no uuid, for nothing is to be acknowledged.
      const told = { ...status, uuid: undefined, reason: 'REASON_RECONCILIATION', source: 'SOURCE_MASTER' }
      framework.send?.({ type: 'UPDATE', update: { status: told } })
    }
    for (const taskId of named) if (!this.#state.taskOf(taskId)) this.#tellUnknown(framework, taskId)
    return accepted
  }

  #tellUnknown(framework: Framework, taskId: string): void {
    // Its slave may still come back to a new leader.
    if ([...this.#state.slaves.values()].some((slave) => !slave.send)) return
    const status: TaskStatus = {
      task_id: { value: taskId },
      state: 'TASK_UNKNOWN',
      message: 'Reconciliation: Task is unknown',
      reason: 'REASON_RECONCILIATION',
      source: 'SOURCE_MASTER',
      timestamp: Date.now() / 1000,
    }
    framework.send?.({ type: 'UPDATE', update: { status } })
  }
}

function overdrawn(state: ClusterState, info: TaskInfo): string | undefined {
  const slave = state.slaves.get(info.agent_id.value)
  if (!slave) return undefined
  const free = state.freeOf(slave)
  const wanted = fromMesos(info.resources)
  const short = (['cpus', 'mem', 'disk', 'gpus'] as const).find((name) => wanted[name] > free[name] + 0.0005)
  const ports = minus({ ...wanted }, [{ ...free, cpus: 0, mem: 0, disk: 0, gpus: 0 }]).ports
  if (short === undefined && ports.length === 0) return undefined
  return `Task uses more resources than available: ${short ?? `port ${ports[0]?.first}`}`
}
