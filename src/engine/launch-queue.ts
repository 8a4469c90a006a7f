import type { QueueItem, RejectReason, StoredApp } from '../marathon/types.ts'
import { raised, type Backoff } from './backoff.ts'
import type { EngineContext } from './context.ts'
import { isoTime } from './instance.ts'
import {
  freeResources,
  matchOffer,
  rejectReasons,
  type FreeResources,
  type OfferReject,
} from './match-offer.ts'
import type { Instance } from './types.ts'

interface OfferStatistics {
  readonly processed: number
  readonly unused: number
  readonly lastUnusedAt?: string
  readonly lastUsedAt?: string
  readonly lastReject?: OfferReject
  /** How often each reason was the first to say no. */
  readonly rejects: Readonly<Partial<Record<OfferReject, number>>>
}

const noOffers: OfferStatistics = { processed: 0, unused: 0, rejects: {} }

/** Instances that wait: launches those whose delay is over and whom the agent can take; remembers why others must wait. */
export class LaunchQueue {
  readonly #context: EngineContext
  readonly #launch: (instance: Instance, ports: readonly number[]) => void
  readonly #delays = new Map<string, Backoff & { readonly config: string }>()
  readonly #offers = new Map<string, OfferStatistics>()

  constructor(context: EngineContext, launch: (instance: Instance, ports: readonly number[]) => void) {
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
    let free = freeResources(this.#context.agent, this.#context.world.instances.values())
    let next: number | undefined
    for (const instance of waiting) {
      const until = this.#delayOf(instance.app)?.until ?? 0
      if (until > now) next = Math.min(next ?? until, until)
      else free = this.#tryLaunch(instance, free)
    }
    return next
  }

  #tryLaunch(instance: Instance, free: FreeResources): FreeResources {
    const { world, agent } = this.#context
    const match = matchOffer(instance.app, agent, free, world.instancesOf(instance.app.id))
    this.#remember(instance.app.id, 'reject' in match ? match.reject : undefined)
    if ('reject' in match) return free
    this.#launch(instance, match.ports)
    for (const port of match.ports) free.usedPorts.add(port)
    const { cpus, mem, disk, gpus } = instance.app
    return {
      cpus: free.cpus - cpus,
      mem: free.mem - mem,
      disk: free.disk - disk,
      gpus: free.gpus - gpus,
      usedPorts: free.usedPorts,
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
