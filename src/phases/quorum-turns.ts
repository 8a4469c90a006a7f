import type { Become } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { InternalError, QuorumError } from '../kernel/errors.ts'
import type { ContainerParams } from '../modules/docker-container/types.ts'
import { buildSituation } from '../quorum/build-situation.ts'
import { nextStep } from '../quorum/next-step.ts'
import { unknownReport } from '../quorum/parse-probe.ts'
import { turnRequestOf, type TurnRequest } from '../quorum/turn-request.ts'
import type { Next, Step } from '../quorum/types.ts'
import { addressOf } from '../services/site.ts'
import type { ActingEntry } from './play-entry.ts'
import type { MemberObserver } from './quorum-observe.ts'

export interface TurnOptions {
  /** All hosts of the play, also those that --limit leaves out: they have votes. */
  readonly members: readonly Host[]
  /** Names of those that take part now. */
  readonly hosts: readonly string[]
  readonly observer: MemberObserver
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
  readonly tell: (text: string) => void
  /** No further host begins or goes on. */
  readonly stop: () => void
}

interface Waiting {
  readonly request: TurnRequest
  readonly become: Become | undefined
  readonly go: (may: boolean) => void
}

const pollMs = 1_000
/** A member that was just started, or lost its leader, comes in sync within some seconds; an election takes up to a minute. */
const syncWithinMs = 120_000

/**
 * Turns of a play with `order: quorum`. Hosts run beside each other until one would change its member's container; there it
 * waits. When all hosts have come that far (or have ended: nothing to change costs nothing), the members are asked, and those
 * whose turn it is go on to the end of the play before the next look.
 */
export class QuorumTurns {
  readonly #options: TurnOptions
  readonly #waiting = new Map<string, Waiting>()
  /** Neither waiting nor ended. */
  readonly #busy: Set<string>
  /** Busy, and perhaps unable to end before others had their turn. */
  readonly #half = new Set<string>()
  readonly #granted = new Set<string>()
  #asked: Waiting | undefined
  #isDeciding = false
  #isStopped = false
  #failure: Error | undefined

  constructor(options: TurnOptions) {
    this.#options = options
    this.#busy = new Set(options.hosts)
    options.signal?.addEventListener('abort', this.#stop, { once: true })
  }

  /** Resolves when it is the host's turn; false: it is not to go on. At once for what is no member's container. */
  async enter(host: string, acting: readonly ActingEntry[]): Promise<boolean> {
    if (acting.length === 0) return true
    if (this.#isStopped) return false
    const found = acting.flatMap(({ unit }) => {
      if (unit.module.name !== 'docker_container') return []
      const request = turnRequestOf(unit.params as ContainerParams)
      return request ? [{ request, become: unit.become }] : []
    })[0]
    if (!found) {
      // A wait for a member whose turn it is not may be one for those that wait here.
      if (!this.#granted.has(host) && acting.every(({ plan }) => !plan.changed)) this.#half.add(host)
      this.#decide()
      return true
    }
    return new Promise((go) => {
      this.#waiting.set(host, { ...found, go })
      this.#busy.delete(host)
      this.#decide()
    })
  }

  /** The host has ended the play, well or not. */
  leave(host: string, isPlayOver: boolean): void {
    this.#busy.delete(host)
    this.#half.delete(host)
    this.#granted.delete(host)
    if (isPlayOver) this.#stop()
    else this.#decide()
  }

  /** Throws what ended the giving of turns: a refusal, say. */
  throwFailure(): void {
    if (this.#failure) throw this.#failure
  }

  async close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#stop)
    await this.#options.observer.close()
  }

  readonly #stop = (): void => {
    this.#isStopped = true
    for (const { go } of this.#waiting.values()) go(false)
    this.#waiting.clear()
  }

  #decide(): void {
    const isReady = [...this.#busy].every((host) => this.#half.has(host))
    if (!isReady || this.#isDeciding || this.#waiting.size === 0 || this.#isStopped) return
    this.#isDeciding = true
    void this.#give()
      .catch((error: unknown) => {
        // What was stopped meanwhile (interrupted, or a host failed) has its reason already.
        if (!this.#isStopped)
          this.#failure ??= error instanceof Error ? error : new InternalError(String(error))
        this.#options.stop()
        this.#stop()
      })
      .finally(() => {
        this.#isDeciding = false
        this.#decide()
      })
  }

  async #give(): Promise<void> {
    const next = await this.#settled((each) => each.do !== 'wait')
    if (this.#isStopped) return
    if (next.do === 'refuse') throw new QuorumError(next.message, { hint: next.hint })
    if (next.do === 'nothing' || next.do === 'wait')
      throw new InternalError(
        `turns: ${[...this.#waiting.keys()].join(', ')} wait, and the planner says ${next.do}`,
      )
    this.#grant(next)
    if (next.until === 'running') await this.#settled((each) => !isSame(each, next))
  }

  #grant(step: Step): void {
    const names = step.members.filter((name) => this.#waiting.has(name))
    if (names.length === 0)
      throw new QuorumError(`${step.members.join(', ')} must ${step.do} first, and has no part in this run`, {
        hint: 'run it without --limit',
      })
    const how = step.stops ? '; there is none to spare, so the quorum stops for some seconds' : ''
    this.#options.tell(`${step.do} ${names.join(', ')}${how}`)
    // Those of before can end now, and must have before anybody else is looked at.
    if (step.until !== 'running') this.#half.clear()
    for (const name of names) {
      const { go } = this.#waiting.get(name) as Waiting
      this.#waiting.delete(name)
      this.#busy.add(name)
      this.#granted.add(name)
      if (step.until === 'running') this.#half.add(name)
      go(true)
    }
  }

  /** The planner's word, looked for again until it is as wanted or the members have had their time. */
  async #settled(isEnough: (next: Next) => boolean): Promise<Next> {
    const { clock, signal } = this.#options
    const until = clock.now() + syncWithinMs
    for (let told = ''; ;) {
      const isLate = clock.now() >= until
      const next = await this.#look(isLate)
      if (isEnough(next) || isLate || this.#isStopped) return next
      const text = next.do === 'wait' ? `waiting until ${next.members.join(', ')} is in sync` : ''
      if (text !== '' && text !== told) this.#options.tell(text)
      told = text
      await clock.sleep(pollMs, signal)
    }
  }

  async #look(waited: boolean): Promise<Next> {
    const { members, observer } = this.#options
    // All containers of a play are of one component.
    const [first] = this.#waiting.values()
    const asked = first ?? this.#asked
    if (!asked) throw new InternalError('turns: nobody waits')
    this.#asked = asked
    const reports = await observer.look(members, asked.request.place, asked.become)
    const hosts = members.map((host) => ({
      name: host.name,
      address: addressOf(host),
      report: reports.get(host.name) ?? unknownReport,
      differs: this.#waiting.has(host.name) || this.#granted.has(host.name),
    }))
    const { component } = asked.request.place
    return nextStep(buildSituation(component, hosts, asked.request.servers, waited))
  }
}

function isSame(next: Next, step: Step): boolean {
  return next.do === step.do && 'members' in next && next.members.join() === step.members.join()
}
