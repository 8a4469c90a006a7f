import { FailedError, TimeoutError, UnreachableError, type KmesosError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { formatDuration } from '../reporter/format-duration.ts'
import { blockersOf, formatChain, rootsOf } from '../services/blockers.ts'
import { unknownMarathon, type ClusterState, type MarathonState } from '../services/cluster-state.ts'
import { progressOf, type ServiceProgress, type StepProgress } from '../services/progress.ts'
import { recallFailure } from '../services/recall-failure.ts'
import type { BuiltService } from '../services/types.ts'
import type { Layout } from '../zookeeper/layout.ts'
import { reportProgress, type Reported } from './report-progress.ts'
import type { ServiceClients } from './clients.ts'
import { followCluster } from './follow-cluster.ts'
import { checkPhase, type Phase } from './phase.ts'
import { readMarathon } from './read-cluster.ts'

export interface AwaitRequest {
  readonly deployment: string
  readonly layout: Layout
  readonly services: readonly BuiltService[]
  /** All of the deployment: those that are waited for may wait for others. */
  readonly all: readonly BuiltService[]
  readonly timeoutMs: number
}

type AwaitClients = Pick<ServiceClients, 'store' | 'marathon' | 'clock' | 'reporter'>

/**
 * Follows status, registrations and waiting nodes by watches, and Marathon by its events, until every service is ready. Ends
 * early when a one-time command has used up its retries. At the deadline it names the root blockers and not 30 time-outs.
 */
export function awaitServices(request: AwaitRequest, clients: AwaitClients): Phase {
  const nothing = checkPhase('Wait until every service is ready', () => Promise.resolve(undefined))
  return { ...nothing, settle: (signal) => follow(request, clients, signal) }
}

async function follow(request: AwaitRequest, clients: AwaitClients, signal: AbortSignal): Promise<string> {
  const { clock, marathon, store } = clients
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const watch = new Watch(request, clients)
  const late = clock.sleep(request.timeoutMs, either).then(
    () => watch.giveUp(),
    () => undefined,
  )
  const aborted = (): void => watch.fail(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  const readApps = async (): Promise<void> =>
    watch.takeMarathon(await readMarathon(marathon, request.deployment, either))
  const events = followEvents(marathon, either, readApps).catch((error: unknown) => {
    if (!either.aborted) watch.fail(error)
  })
  followCluster({
    store,
    layout: request.layout,
    services: request.all.map(({ spec, hosts }) => ({ spec, hosts })),
    signal: either,
    onChange: (state) => watch.takeCluster(state),
    onError: (error) => watch.fail(error),
  })
  try {
    await watch.ended
    return `${countOf(request.services.length, 'service')} ready`
  } finally {
    over.abort()
    signal.removeEventListener('abort', aborted)
    await Promise.allSettled([late, events])
  }
}

const watchedEvents = [
  'status_update_event',
  'deployment_success',
  'deployment_failed',
  'app_terminated_event',
]

/** Reads the apps at each (re)connection and after events; events that come meanwhile are answered by one more reading. */
async function followEvents(
  marathon: AwaitClients['marathon'],
  signal: AbortSignal,
  readApps: () => Promise<void>,
): Promise<void> {
  let reading: Promise<void> | undefined
  let again = false
  const refresh = async (): Promise<void> => {
    do {
      again = false
      // Marathon went away: the stream breaks too, and is read again when it is back.
      await readApps().catch((error: unknown) => {
        if (!(error instanceof UnreachableError)) throw error
      })
    } while (again)
    reading = undefined
  }
  for await (const event of marathon.events({ signal, types: watchedEvents, onConnected: readApps })) {
    if (!watchedEvents.includes(event.eventType)) continue
    again = true
    reading ??= refresh()
  }
  await reading
}

/** Gathers what both sides tell, and decides when it is over. */
class Watch {
  readonly ended: Promise<void>
  readonly #request: AwaitRequest
  readonly #clients: AwaitClients
  readonly #reported: Reported = new Map()
  /** One-time commands that stood at `error` when we came: of an earlier run, they will be tried again. */
  #oldErrors: ReadonlyMap<string, string> | undefined
  /** The last failure of each step: a new try overwrites its status. */
  readonly #failures = new Map<string, StepProgress>()
  #cluster: ClusterState | undefined
  #marathon: MarathonState | undefined
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(request: AwaitRequest, clients: AwaitClients) {
    this.#request = request
    this.#clients = clients
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // follow() awaits it, but may do so after it was rejected.
    this.ended.catch(() => undefined)
  }

  takeCluster(state: ClusterState): void {
    this.#cluster = state
    this.#look()
  }

  takeMarathon(state: MarathonState): void {
    this.#marathon = state
    this.#look()
  }

  fail(error: unknown): void {
    this.#reject(error)
  }

  giveUp(): void {
    const unready = this.#progress().filter((each) => !each.ready)
    const names = unready.map((each) => each.service).join(', ')
    const message = `${unready.length} of ${countOf(this.#request.services.length, 'service')} not ready in ${formatDuration(this.#request.timeoutMs)}: ${names}`
    this.#reject(this.#explained(unready, (details) => new TimeoutError(message, details)))
  }

  #progress(): readonly ServiceProgress[] {
    const cluster = this.#cluster
    if (!cluster) return this.#request.services.map((service) => unseen(service))
    return this.#request.services.map(({ spec, instances, definition }) =>
      progressOf({ spec, instances, app: this.#marathon?.apps.get(definition.name) }, cluster),
    )
  }

  #look(): void {
    if (!this.#cluster || !this.#marathon) return
    const progress = this.#progress()
    const { reporter, clock } = this.#clients
    reportProgress(progress, this.#marathon, { reporter, reported: this.#reported, at: clock.now() })
    for (const step of progress.flatMap((each) => each.steps)) {
      if (step.error !== undefined) this.#failures.set(step.id, step)
    }
    const errors = failedSteps(progress)
    this.#oldErrors ??= errors
    const fresh = [...errors].filter(([id, since]) => this.#oldErrors?.get(id) !== since).map(([id]) => id)
    if (fresh.length > 0) this.#reject(this.#failure(progress, fresh))
    if (progress.every((each) => each.ready)) this.#resolve()
  }

  #failure(progress: readonly ServiceProgress[], failed: readonly string[]): KmesosError {
    const concerned = progress.filter((each) => each.steps.some((step) => failed.includes(step.id)))
    const verb = failed.length === 1 ? 'has' : 'have'
    const message = `${failed.join(', ')} ${verb} failed and used up all retries`
    return this.#explained(concerned, (details) => new FailedError(message, details))
  }

  #explained(
    unready: readonly ServiceProgress[],
    make: (details: { readonly detail: string; readonly hint: string }) => KmesosError,
  ): KmesosError {
    const cluster = this.#cluster
    const marathon = this.#marathon ?? unknownMarathon
    const chains = cluster ? unready.flatMap(({ service }) => blockersOf(service, cluster, { marathon })) : []
    const roots = rootsOf(chains).map((link) => recallFailure(link, this.#failures.get(link.step)))
    const lines =
      roots.length > 0 ? roots.flatMap((link) => formatChain([link])) : ['nothing was told by ZooKeeper']
    const first = roots[0]?.step.split('/')[0] ?? unready[0]?.service ?? 'SERVICE'
    return make({
      detail: lines.join('\n'),
      hint: `see: kmesos why ${first}; kmesos logs ${first}; then deploy again`,
    })
  }
}

function unseen({ definition, instances }: BuiltService): ServiceProgress {
  return { service: definition.name, ready: false, registered: 0, instances, steps: [] }
}

/** One-time commands in state error, with the time of it. A daemon that fails is started again by Marathon. */
function failedSteps(progress: readonly ServiceProgress[]): ReadonlyMap<string, string> {
  const failed = progress.flatMap((each) => each.steps).filter((step) => step.state === 'error')
  return new Map(
    failed.filter((step) => !step.id.endsWith('/daemon')).map((step) => [step.id, step.since ?? '']),
  )
}
