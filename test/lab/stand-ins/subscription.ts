import { messageOf } from '../../../src/kernel/errors.ts'
import type { ConfigStore } from '../../../src/zookeeper/types.ts'
import { watchLeader, type Leader } from './candidacy.ts'
import type { FrameworkInfo } from './mesos-types.ts'
import { decodeRecords, send, textOf } from './record-io.ts'
import type { SchedulerEvent } from './scheduler.ts'
import type { ZkAddress } from './zk-address.ts'

export interface SubscriptionOptions {
  readonly framework: FrameworkInfo
  readonly hear: (event: SchedulerEvent) => void
  readonly disconnected: () => void
  /** Keeps the id that the master gave. */
  readonly keepId: (id: string) => Promise<void>
  readonly end: (code: number, why: string) => void
}

const retryMs = 500

/** Marathon's connection with the leading master: subscribes again wherever it moves to. */
export class Subscription {
  readonly #options: SubscriptionOptions
  #id: string | undefined
  #url: string | undefined
  #streamId: string | undefined
  #abort = new AbortController()

  constructor(options: SubscriptionOptions) {
    this.#options = options
    this.#id = options.framework.id?.value
  }

  get frameworkId(): string | undefined {
    return this.#id
  }

  begin(store: ConfigStore, mesos: ZkAddress): void {
    const signal = new AbortController().signal
    const watch = { path: mesos.path, pattern: /^json\.info_\d+$/, signal }
    watchLeader(store, watch, (leader) => this.#follow(leader))
  }

  #follow(leader: Leader | undefined): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    if (!leader) return
    const { address } = JSON.parse(leader.data) as { address: { ip: string; port: number } }
    void this.#stay(`http://${address.ip}:${address.port}/api/v1/scheduler`, this.#abort.signal)
  }

  async #stay(url: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#subscribe(url, signal)
      } catch (error) {
        if (!signal.aborted) process.stderr.write(`Mesos at ${url}: ${messageOf(error)}\n`)
      }
      this.#streamId = undefined
      this.#options.disconnected()
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  async #subscribe(url: string, signal: AbortSignal): Promise<void> {
    const { framework, hear, keepId, end } = this.#options
    const id = this.#id === undefined ? {} : { id: { value: this.#id } }
    const body = {
      type: 'SUBSCRIBE',
      ...(this.#id === undefined ? {} : { framework_id: id.id }),
      subscribe: { framework_info: { ...framework, ...id } },
    }
    const stream = await send(url, body, { signal })
    this.#url = url
    this.#streamId = String(stream.headers['mesos-stream-id'])
    for await (const record of decodeRecords(stream)) {
      const event = record as SchedulerEvent
      if (event.type === 'ERROR') return end(103, event.error?.message ?? 'Mesos has ended the framework')
      if (event.subscribed && this.#id !== event.subscribed.framework_id.value) {
        this.#id = event.subscribed.framework_id.value
        await keepId(this.#id)
      }
      if (event.subscribed) await this.call({ type: 'RECONCILE', reconcile: { tasks: [] } })
      hear(event)
    }
  }

  /** Throws when there is no connection. */
  async call(body: object): Promise<void> {
    if (this.#url === undefined || this.#streamId === undefined)
      throw new Error('not connected with a Mesos master')
    const headers = { 'Mesos-Stream-Id': this.#streamId }
    await textOf(await send(this.#url, { framework_id: { value: this.#id }, ...body }, { headers }))
  }
}
