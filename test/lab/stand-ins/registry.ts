import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../src/kernel/errors.ts'
import type { ConfigStore } from '../../../src/zookeeper/types.ts'
import { send, textOf } from './record-io.ts'

/** What the masters agree on. */
export interface RegistryValue {
  /** Grows with each leader and each write; the highest copy in a quorum is the truth. */
  readonly epoch: number
  readonly version: number
  readonly slaves: readonly string[]
  readonly nextFramework: number
}

export const emptyRegistry: RegistryValue = { epoch: 0, version: 0, slaves: [], nextFramework: 0 }

export interface RegistryOptions {
  readonly workDir: string
  readonly quorum: number
  readonly store: ConfigStore
  /** Folder of the members: `/mesos/log_replicas`. */
  readonly membersPath: string
  /** `host:port` of this one. */
  readonly self: string
  /** No quorum for a write: a leader has to end, as Mesos' does. */
  readonly lost: (why: string) => void
}

const retryMs = 300
const answerMs = 3000

/** The replicated log: one value, kept by all masters, changed only with a quorum of them. */
export class Registry {
  readonly #options: RegistryOptions
  #copy: RegistryValue = emptyRegistry
  #writing: Promise<unknown> = Promise.resolve()
  /** Whether a quorum has been seen since the start: the metric registrar/log/recovered. */
  recovered = false

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  get value(): RegistryValue {
    return this.#copy
  }

  async load(): Promise<void> {
    await mkdir(join(this.#options.workDir, 'replicated_log'), { recursive: true })
    const text = await readFile(this.#file(), 'utf8').catch(() => undefined)
    if (text !== undefined) this.#copy = JSON.parse(text) as RegistryValue
  }

  /** What another master writes or asks for. False: it has been overtaken. */
  async accept(value: RegistryValue): Promise<boolean> {
    if (isOlder(value, this.#copy)) return false
    this.#copy = value
    await writeFile(`${this.#file()}.new`, JSON.stringify(value))
    await rename(`${this.#file()}.new`, this.#file())
    return true
  }

  /** Waits until a quorum answers, and takes the newest copy of them. */
  async recover(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const copies = (await this.#askAll(undefined)).filter((copy) => copy !== undefined)
      if (copies.length >= this.#options.quorum) {
        const newest = copies.reduce((best, copy) => (isOlder(best, copy) ? copy : best))
        if (isOlder(this.#copy, newest)) await this.accept(newest)
        this.recovered = true
        return
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }

  /** Of a new leader: whoever led before can write no more. */
  async lead(signal: AbortSignal): Promise<void> {
    await this.recover(signal)
    await this.write((value) => ({ ...value, epoch: value.epoch + 1 }))
  }

  /** One change after the other; gives what was written. Throws without a quorum for it. */
  write(change: (value: RegistryValue) => RegistryValue): Promise<RegistryValue> {
    const next = this.#writing.then(() => this.#write(change(this.#copy)))
    this.#writing = next.catch((error: unknown) => this.#options.lost(messageOf(error)))
    return next
  }

  async #write(value: RegistryValue): Promise<RegistryValue> {
    const wanted = { ...value, version: this.#copy.version + 1 }
    const answers = await this.#askAll(wanted)
    const agreed = answers.filter(
      (answer) => answer?.epoch === wanted.epoch && answer.version === wanted.version,
    )
    if (agreed.length < this.#options.quorum)
      throw new Error(`Failed to update registry: ${agreed.length} of ${this.#options.quorum} masters agreed`)
    return wanted
  }

  /** The copies of all members, our own among them; with a value after they were asked to take it. */
  async #askAll(value: RegistryValue | undefined): Promise<readonly (RegistryValue | undefined)[]> {
    const { store, membersPath, self } = this.#options
    const names = (await store.children(membersPath)) ?? []
    const nodes = await Promise.all(names.map((name) => store.read(`${membersPath}/${name}`)))
    const others = new Set(nodes.flatMap((node) => (node && node.data !== self ? [node.data] : [])))
    if (value) await this.accept(value)
    const asked = [...others].map((member) => askOne(member, value).catch(() => undefined))
    return [this.#copy, ...(await Promise.all(asked))]
  }

  #file(): string {
    return join(this.#options.workDir, 'replicated_log', 'registry.json')
  }
}

async function askOne(member: string, value: RegistryValue | undefined): Promise<RegistryValue> {
  const signal = AbortSignal.timeout(answerMs)
  const answer = await send(`http://${member}/log-replica`, { value }, { signal })
  return JSON.parse(await textOf(answer)) as RegistryValue
}

function isOlder(a: RegistryValue, b: RegistryValue): boolean {
  return a.epoch === b.epoch ? a.version < b.version : a.epoch < b.epoch
}
