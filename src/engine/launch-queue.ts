import type { QueueItem, RejectReason, StoredApp } from '../marathon/types.ts'
import { raised, type Backoff } from './backoff.ts'
import { agentOf, type EngineContext } from './context.ts'
import { isoTime } from './instance.ts'
import {
  freeResources,
  matchOffer,
  rejectReasons,
  type FreeResources,
  type OfferReject,
} from './match-offer.ts'
import type { Agent, Instance, Place } from './types.ts'

interface OfferStatistics {
  readonly processed: number
  readonly unused: number
  readonly lastUnusedAt?: string
  readonly lastUsedAt?: string
  readonly lastReject?: OfferReject
  /** How often each reason was the first to say no. */
  readonly rejects: Readonly<Partial<Record<OfferReject, number>>>
}

/** An agent, and what it has left in this round. */
interface Offer {
  readonly agent: Agent
  readonly free: FreeResources
}

function lessOf(free: FreeResources, { app }: Instance, ports: readonly number[]): FreeResources {
  for (const port of ports) free.usedPorts.add(port)
  return {
    cpus: free.cpus - app.cpus,
    mem: free.mem - app.mem,
    disk: free.disk - app.disk,
    gpus: free.gpus - app.gpus,
    usedPorts: free.usedPorts,
  }
}

const noOffers: OfferStatistics = { processed: 0, unused: 0, rejects: {} }

/** Instances that wait: launches those whose delay is over and whom an agent can take; remembers why others must wait. */
export class LaunchQueue {
  readonly #context: EngineContext
  readonly #launch: (instance: Instance, place: Place) => void
  readonly #delays = new Map<string, Backoff & { readonly config: string }>()
  readonly #offers = new Map<string, OfferStatistics>()

  constructor(context: EngineContext, launch: (instance: Instance, place: Place) => void) {
    this.#context = context
    this.#launch = launch
  }

  /** Launches what can be launched. Returns when to look again (ms since 1970); undefined = when something changes. */
  launchDue(): number | undefined {
    const waiting = [...this.#context.world.instances.values()].filter(
      (instance) => instance.condition === 'Scheduled',
    )
    if (waiting.length === 0) return undefined
    const now = this.#context.clock.now()
    const offers = this.#offersNow()
    let next: number | undefined
    for (const instance of waiting) {
      const until = this.#delayOf(instance.app)?.until ?? 0
      if (until > now) next = Math.min(next ?? until, until)
      else this.#tryLaunch(instance, offers)
    }
    return next
  }

  #offersNow(): Offer[] {
    const { agents, world } = this.#context
    const placed = [...world.instances.values()].map((instance) => ({
      instance,
      agentId: agentOf(this.#context, instance).id,
    }))
    return agents().map((agent) => {
      const here = placed.filter(({ agentId }) => agentId === agent.id).map(({ instance }) => instance)
      return { agent, free: freeResources(agent, here) }
    })
  }

  /** The first offer that fits is taken, and what it has left stands in its place. */
  #tryLaunch(instance: Instance, offers: Offer[]): void {
    const { world } = this.#context
    const others = world.instancesOf(instance.app.id).map((other) => ({
      instance: other,
      agent: agentOf(this.#context, other),
    }))
    for (const [index, { agent, free }] of offers.entries()) {
      const match = matchOffer(instance.app, { agent, free }, others)
      this.#remember(instance.app.id, 'reject' in match ? match.reject : undefined)
      if ('reject' in match) continue
      this.#launch(instance, { agentId: agent.id, ports: match.ports })
      offers[index] = { agent, free: lessOf(free, instance, match.ports) }
      // Spreads: the next instance is offered the others first.
      if (index < offers.length - 1) offers.push(...offers.splice(index, 1))
      return
    }
  }

  #remember(appId: string, reject: OfferReject | undefined): void {
    const before = this.#offers.get(appId) ?? noOffers
    const now = isoTime(this.#context.clock.now())
    const processed = before.processed + 1
    if (reject === undefined) {
      this.#offers.set(appId, { ...before, processed, lastUsedAt: now })
      return
    }
    const rejects = { ...before.rejects, [reject]: (before.rejects[reject] ?? 0) + 1 }
    this.#offers.set(appId, {
      ...before,
      processed,
      unused: before.unused + 1,
      lastUnusedAt: now,
      lastReject: reject,
      rejects,
    })
  }

  /** One more end of a task of this configuration: its next launch is delayed (longer). */
  delay(app: StoredApp): void {
    const backoff = raised(app, this.#delayOf(app), this.#context.clock.now())
    this.#delays.set(app.id, { ...backoff, config: app.versionInfo.lastConfigChangeAt })
  }

  resetDelay(appId: string): void {
    this.#delays.delete(appId)
    this.#context.poke()
  }

  forget(appId: string): void {
    this.#delays.delete(appId)
    this.#offers.delete(appId)
  }

  /** The delay of this configuration; that of an older one does not count. */
  #delayOf(app: StoredApp): Backoff | undefined {
    const delay = this.#delays.get(app.id)
    return delay?.config === app.versionInfo.lastConfigChangeAt ? delay : undefined
  }

  view(): readonly QueueItem[] {
    const byApp = new Map<string, Instance[]>()
    for (const instance of this.#context.world.instances.values()) {
      if (instance.condition !== 'Scheduled') continue
      const list = byApp.get(instance.app.id)
      if (list) list.push(instance)
      else byApp.set(instance.app.id, [instance])
    }
    return [...byApp.values()].map((waiting) => this.#item(waiting))
  }

  #item(waiting: readonly Instance[]): QueueItem {
    const app = (waiting[0] as Instance).app
    const leftMs = Math.max(0, (this.#delayOf(app)?.until ?? 0) - this.#context.clock.now())
    const offers = this.#offers.get(app.id) ?? noOffers
    return {
      app,
      count: waiting.length,
      role: app.role,
      since: waiting.map((instance) => instance.since).sort()[0] as string,
      delay: { timeLeftSeconds: Math.ceil(leftMs / 1000), overdue: leftMs === 0 },
      processedOffersSummary: {
        processedOffersCount: offers.processed,
        unusedOffersCount: offers.unused,
        ...(offers.lastUnusedAt === undefined ? {} : { lastUnusedOfferAt: offers.lastUnusedAt }),
        ...(offers.lastUsedAt === undefined ? {} : { lastUsedOfferAt: offers.lastUsedAt }),
        rejectSummaryLastOffers: funnel(
          offers.lastReject ? 1 : 0,
          offers.lastReject ? { [offers.lastReject]: 1 } : {},
        ),
        rejectSummaryLaunchAttempt: funnel(offers.processed, offers.rejects),
      },
    }
  }
}

function funnel(
  processed: number,
  rejects: Readonly<Partial<Record<OfferReject, number>>>,
): readonly RejectReason[] {
  let left = processed
  return rejectReasons.map((reason) => {
    const declined = rejects[reason] ?? 0
    const row = { reason, declined, processed: left }
    left -= declined
    return row
  })
}
