import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../src/kernel/errors.ts'
import type { Leader } from './candidacy.ts'
import type { KnownTask, SlaveInfo, TaskInfo } from './mesos-types.ts'
import { decodeRecords, send } from './record-io.ts'
import type { SlaveTasks } from './slave-tasks.ts'

export interface SlaveLinkOptions {
  readonly info: SlaveInfo
  readonly workDir: string
  readonly tasks: () => SlaveTasks
  readonly end: (code: number, why: string) => void
}

type Message =
  | { readonly type: 'REGISTERED'; readonly id: string }
  | { readonly type: 'LAUNCH'; readonly framework: string; readonly task: TaskInfo }
  | { readonly type: 'KILL'; readonly task_id: string }
  | { readonly type: 'ACKNOWLEDGE'; readonly uuid: string }
  | { readonly type: 'PING' }

const retryMs = 500
const resendMs = 10_000

/** The slave's side of its connection with the leading master. */
export class SlaveLink {
  readonly #options: SlaveLinkOptions
  #master: string | undefined
  #abort = new AbortController()
  id: string | undefined
  registered = false

  constructor(options: SlaveLinkOptions) {
    this.#options = options
    setInterval(() => this.registered && options.tasks().tellOpen(), resendMs)
  }

  /** Registers with this leader from now on. */
  follow(leader: Leader | undefined): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    this.registered = false
    if (!leader) return
    const { address } = JSON.parse(leader.data) as { address: { ip: string; port: number } }
    this.#master = `http://${address.ip}:${address.port}`
    void this.#stay(this.#master, this.#abort.signal)
  }

  async #stay(master: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#register(master, signal)
      } catch (error) {
        if (!signal.aborted) process.stderr.write(`master ${master}: ${messageOf(error)}\n`)
      }
      if (signal.aborted) return
      this.registered = false
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  async #register(master: string, signal: AbortSignal): Promise<void> {
    const { info, tasks, workDir } = this.#options
    const file = join(workDir, 'meta/id')
    this.id ??= await readFile(file, 'utf8').catch(() => undefined)
    const body = { info, tasks: tasks().all, ...(this.id === undefined ? {} : { id: this.id }) }
    const stream = await send(`${master}/slave-link`, body, { signal })
    for await (const record of decodeRecords(stream)) {
      const message = record as Message
      if (message.type === 'REGISTERED' && this.id !== message.id) {
        this.id = message.id
        await writeFile(`${file}.new`, message.id)
        await rename(`${file}.new`, file)
      }
      this.#obey(message)
    }
  }

  #obey(message: Message): void {
    const tasks = this.#options.tasks()
    const failed = (error: unknown): void =>
      void process.stderr.write(`${message.type}: ${messageOf(error)}\n`)
    switch (message.type) {
      case 'REGISTERED':
        this.registered = true
        process.stderr.write(`Registered with master as ${message.id}\n`)
        return tasks.tellOpen()
      case 'LAUNCH':
        return void tasks.launch(message.framework, message.task).catch(failed)
      case 'KILL':
        return void tasks.kill(message.task_id).catch(failed)
      case 'ACKNOWLEDGE':
        return tasks.acknowledge(message.uuid)
      case 'PING':
    }
  }

  /** An update that is lost is told again, until it is acknowledged. */
  tell(task: KnownTask): void {
    if (!this.registered || this.#master === undefined) return
    const body = { id: this.id, task: { framework: task.framework, info: task.info, status: task.status } }
    void send(`${this.#master}/slave-link/update`, body)
      .then((answer) => void answer.resume())
      .catch((error: unknown) => void process.stderr.write(`update: ${messageOf(error)}\n`))
  }
}
