import type { Become, Connection, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import { KmesosError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { parseProbe, unknownReport, type MemberReport } from '../quorum/parse-probe.ts'
import { probeScript, type MemberPlace } from '../quorum/probe-script.ts'
import { addressOf } from '../services/site.ts'

/** A host that does not tell in this time is as good as dead. */
const answerTimeoutMs = 60_000

/** Asks hosts for their members: one command a host, over connections of its own that are kept between two looks. */
export class MemberObserver {
  readonly #transport: Transport
  readonly #forks: number
  readonly #signal: AbortSignal | undefined
  readonly #connections = new Map<string, Connection>()

  constructor(options: {
    readonly transport: Transport
    readonly forks: number
    readonly signal: AbortSignal | undefined
  }) {
    this.#transport = options.transport
    this.#forks = options.forks
    this.#signal = options.signal
  }

  /** A host that cannot be asked has a report too: nobody knows what it holds. */
  async look(
    hosts: readonly Host[],
    place: Omit<MemberPlace, 'address'>,
    become: Become | undefined,
  ): Promise<ReadonlyMap<string, MemberReport>> {
    const outcomes = await mapLimit(
      hosts,
      this.#forks,
      (host) => this.#ask(host, { ...place, address: addressOf(host) }, become),
      this.#signal,
    )
    this.#signal?.throwIfAborted()
    const reports = outcomes.map((outcome) => {
      if (outcome.ok) return outcome.value
      if (!(outcome.error instanceof KmesosError)) throw outcome.error
      return unknownReport
    })
    return new Map(hosts.map((host, index) => [host.name, reports[index] ?? unknownReport]))
  }

  async #ask(host: Host, place: MemberPlace, become: Become | undefined): Promise<MemberReport> {
    try {
      const known = this.#connections.get(host.name)
      const connection = known ?? (await this.#transport.connect(host, this.#signal))
      this.#connections.set(host.name, connection)
      const { stdout } = await connection.exec(['sh', '-s'], {
        stdin: probeScript(place),
        timeoutMs: answerTimeoutMs,
        ...(become ? { become } : {}),
        ...(this.#signal ? { signal: this.#signal } : {}),
      })
      return parseProbe(stdout, place)
    } catch (error) {
      await this.#drop(host.name)
      throw error
    }
  }

  async #drop(host: string): Promise<void> {
    const connection = this.#connections.get(host)
    this.#connections.delete(host)
    await connection?.close().catch(() => undefined)
  }

  async close(): Promise<void> {
    for (const host of [...this.#connections.keys()]) await this.#drop(host)
  }
}
