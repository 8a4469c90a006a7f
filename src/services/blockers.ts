import type { AppView, QueueItem } from '../marathon/types.ts'
import { parseRequirement } from '../start-spec/requirement.ts'
import type { StartSpec } from '../start-spec/types.ts'
import { statusOf, stepHolds, withoutEnded, type ClusterState, type MarathonState } from './cluster-state.ts'
import { olderInstances, olderText } from './older-config.ts'
import { unmetOf } from './progress.ts'

/** One step of the way from a service that is not ready to what keeps it from being so. */
export interface BlockerLink {
  /** `keystone-api/db_sync` */
  readonly step: string
  readonly state: string
  /** Why it does not go on, in words. */
  readonly why: string
  readonly host?: string
  readonly since?: string
  readonly log?: readonly string[]
}

/** From the service down to the root blocker, which is the last. Empty: nothing keeps it, all its steps hold. */
export type BlockerChain = readonly BlockerLink[]

interface Walk {
  readonly state: ClusterState
  readonly marathon: MarathonState
  readonly host: string | undefined
  readonly seen: ReadonlySet<string>
}

/** All chains from one service to its root blockers; several where a step has several unmet requirements. */
export function blockersOf(
  service: string,
  state: ClusterState,
  options: { readonly marathon: MarathonState; readonly host?: string },
): readonly BlockerChain[] {
  const { marathon, host } = options
  const present = withoutEnded(state, marathon)
  return chainsOf({ service, upTo: undefined }, { state: present, marathon, host, seen: new Set() })
}

interface Wanted {
  readonly service: string
  /** The step that somebody requires; undefined: all of the service. */
  readonly upTo: string | undefined
}

function chainsOf({ service, upTo }: Wanted, walk: Walk): readonly BlockerChain[] {
  const spec = walk.state.specs.get(service)
  if (!spec) return [[{ step: service, state: 'absent', why: 'the service is not deployed' }]]
  const all = [...spec.commands.map((command) => command.name), ...(spec.daemon ? ['daemon'] : [])]
  const names = upTo === undefined ? all : all.slice(0, all.indexOf(upTo) + 1)
  const name = names.find((each) => !stepHolds(spec, each, walk.state))
  if (name === undefined) return upTo === undefined ? outdatedChains(spec, walk) : []
  if (walk.seen.has(`${service}/${name}`)) return []
  const inner = { ...walk, seen: new Set([...walk.seen, `${service}/${name}`]) }
  const unmet = unmetOf(spec, name, walk.state, walk.host ?? hostOf(spec, walk.state))
  if (unmet.length === 0) return [[rootLink(spec, name, inner)]]
  return unmet.flatMap(({ requirement, why }) => {
    const link = { ...linkOf(spec, name, walk), state: 'waiting', why: `waits for ${requirement}: ${why}` }
    const next = parseRequirement(requirement)
    const below = next ? chainsOf({ service: next.service, upTo: next.command }, inner) : []
    return below.length > 0 ? below.map((chain) => [link, ...chain]) : [[link]]
  })
}

/** All steps hold, but its daemon is to be restarted. Nobody else waits for that. */
function outdatedChains(spec: StartSpec, { state, host }: Walk): readonly BlockerChain[] {
  const older = olderInstances(spec, state.instances.get(spec.service) ?? new Map()).filter(
    (each) => host === undefined || each.host === host,
  )
  const [first] = older
  if (!first) return []
  const link = { step: `${spec.service}/daemon`, state: 'outdated', host: first.host }
  return [[{ ...link, why: olderText(older) }]]
}

/** A host on which it runs, for requirements on the same host. */
function hostOf(spec: StartSpec, state: ClusterState): string {
  const waiting = [...(state.waiting.get(spec.service)?.values() ?? [])][0]
  return waiting?.host ?? state.registry.get(spec.service)?.[0]?.host ?? ''
}

function linkOf(spec: StartSpec, name: string, walk: Walk): BlockerLink {
  const node = statusOf(spec, name, walk.state, walk.host)
  const waiting = [...(walk.state.waiting.get(spec.service)?.values() ?? [])].find(
    (each) => each.step === name,
  )
  const since = waiting?.since ?? node?.since
  const host = waiting?.host ?? node?.host
  return {
    step: `${spec.service}/${name}`,
    state: node?.state ?? 'not started',
    why: '',
    ...(host === undefined ? {} : { host }),
    ...(since === undefined ? {} : { since }),
  }
}

/** The last link: everything that the step requires holds, and still it is not done. */
function rootLink(spec: StartSpec, name: string, walk: Walk): BlockerLink {
  const link = linkOf(spec, name, walk)
  const node = statusOf(spec, name, walk.state, walk.host)
  const app = walk.marathon.apps.get(spec.service)
  const marathon = marathonReason(app, walk.marathon.queue.get(spec.service))
  if (!node || (node.state === 'done' && marathon !== undefined)) {
    return { ...link, state: 'not started', why: marathon ?? notStarted(app) }
  }
  // A daemon that is tried again still tells what it died of before.
  const between = node.state === 'starting' ? '; the time before it failed: ' : ': '
  const error = node.error === undefined ? '' : `${between}${node.error}`
  const older = node.state === 'done' ? ', for an older digest' : ''
  const failure = marathon === undefined || node.state === 'running' ? '' : `; ${marathon}`
  const attempt = node.attempt > 1 ? `, attempt ${node.attempt}` : ''
  const log = node.log === undefined ? {} : { log: node.log }
  // What a container that was killed has told last.
  const told = node.state === 'ready' ? 'was ready, and is registered no more' : node.state
  return { ...link, why: `${told}${older}${attempt}${error}${failure}`, ...log }
}

function notStarted(app: AppView | undefined): string {
  if (!app) return 'Marathon has no such app: deploy it'
  if (app.instances === 0) return 'its app is scaled to 0 instances'
  return app.tasksRunning > 0
    ? 'its container runs, and has not told anything yet'
    : 'its container has not started yet'
}

/** What Marathon knows: the last failure of a task, offers that were refused. Undefined when that is nothing. */
export function marathonReason(app: AppView | undefined, queued: QueueItem | undefined): string | undefined {
  const failure = app?.lastTaskFailure
  const rejected = queued ? rejections(queued) : undefined
  if (failure && (app.tasksRunning < app.instances || queued)) {
    const words = failure.message.trim() === '' ? failure.state : failure.message.trim()
    return `the last task failed on ${failure.host} at ${failure.timestamp}: ${words}`
  }
  return rejected
}

const reasonWords: Readonly<Record<string, string>> = {
  UnfulfilledRole: 'its role',
  UnfulfilledConstraint: 'its constraints (is the host in the right group, and a slave?)',
  NoCorrespondingReservationFound: 'reservations',
  AgentMaintenance: 'maintenance',
  InsufficientCpus: 'too few CPUs',
  InsufficientMemory: 'too little memory',
  InsufficientDisk: 'too little disk',
  InsufficientGpus: 'too few GPUs',
  InsufficientPorts: 'a port that is taken or not offered',
  DeclinedScarceResources: 'scarce resources',
}

function rejections(queued: QueueItem): string | undefined {
  const { rejectSummaryLaunchAttempt, processedOffersCount } = queued.processedOffersSummary
  const reasons = rejectSummaryLaunchAttempt
    .filter((each) => each.declined > 0)
    .map((each) => `${reasonWords[each.reason] ?? each.reason} (${each.declined} of ${each.processed})`)
  if (reasons.length > 0) return `no offer fits: ${reasons.join(', ')}`
  if (!queued.delay.overdue) return `Marathon starts it again in ${queued.delay.timeLeftSeconds} s`
  return processedOffersCount === 0 ? 'no offers have come: are there slaves?' : undefined
}

/** The last links of chains, each once. */
export function rootsOf(chains: readonly BlockerChain[]): readonly BlockerLink[] {
  const roots = chains.flatMap((chain) => chain.at(-1) ?? [])
  return [...new Map(roots.map((link) => [link.step, link])).values()]
}

/** One chain as lines: each step below the one that waits for it, the root with its last log lines. */
export function formatChain(chain: BlockerChain): readonly string[] {
  return chain.flatMap((link, depth) => {
    const indent = '  '.repeat(depth)
    const place = [
      link.host === undefined ? '' : ` on ${link.host}`,
      link.since === undefined ? '' : ` since ${link.since}`,
    ]
    const log = depth === chain.length - 1 ? (link.log ?? []).map((line) => `${indent}    | ${line}`) : []
    return [`${indent}${link.step}${place.join('')}: ${link.why}`, ...log]
  })
}
