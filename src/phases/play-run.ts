import { ConfigError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import { selectHosts } from '../inventory/patterns.ts'
import type { Host } from '../inventory/types.ts'
import { handlersOf, stepsOfPlay, type Step } from '../playbook/flatten.ts'
import { contextFor } from '../playbook/variables.ts'
import type { Play, Playbook } from '../playbook/types.ts'
import { renderText, renderValue } from '../templates/render.ts'
import { HostRun } from './play-host.ts'
import { HostState } from './play-host-state.ts'
import { HostLink, type RunCounters } from './play-link.ts'
import { playReport } from './play-report.ts'
import type { PlayPlan, PlayRecap, PlayState, RunPlaysOptions, RunTools } from './play-types.ts'

const defaultForks = 20

/**
 * Runs all plays of a playbook. Hosts go at their own pace within a play; a host that fails leaves, the others go on.
 * Throws ConfigError for what is wrong before anything runs, and the signal's reason when aborted; everything else is in
 * the recap.
 */
export async function runPlays(playbook: Playbook, options: RunPlaysOptions): Promise<PlayRecap> {
  const counters: RunCounters = { changes: 0, connections: 0, commands: 0, uploads: 0 }
  const states = new Map<string, HostState>()
  const links = new Map<string, HostLink>()
  const stateOf = (name: string): HostState | undefined =>
    remembered(states, name, () => newState(name, options))
  const linkOf = (name: string): HostLink =>
    remembered(links, name, () => newLink(name, options, counters)) as HostLink
  const plans = playbook.plays.map((play) => planPlay(play, playbook, options, stateOf))
  try {
    for (const [index, plan] of plans.entries()) {
      const tools = { options, stateOf, linkOf, counters, later: plans.slice(index + 1) }
      if (!(await runPlay(plan, tools))) break
    }
  } finally {
    await Promise.allSettled([...links.values()].map((link) => link.close()))
  }
  return recapOf(plans, states, options, counters)
}

function remembered<T>(map: Map<string, T>, name: string, make: () => T | undefined): T | undefined {
  const known = map.get(name)
  if (known) return known
  const made = make()
  if (made) map.set(name, made)
  return made
}

function newState(name: string, options: RunPlaysOptions): HostState | undefined {
  const host = options.inventory.hosts.get(name)
  return host && new HostState(host)
}

function newLink(name: string, options: RunPlaysOptions, counters: RunCounters): HostLink {
  const host: Host = options.inventory.hosts.get(name) ?? { name, groups: [], vars: {} }
  const { transport, clock, signal } = options
  return new HostLink(host, { transport, counters, now: () => clock.now(), signal })
}

/** Hosts and steps of a play. Tags are settled here: a step that is not wanted does not exist. */
function planPlay(
  play: Play,
  playbook: Playbook,
  options: RunPlaysOptions,
  stateOf: (name: string) => HostState | undefined,
): PlayPlan {
  const pattern = renderText(play.hosts, playContext(play, playbook, options, stateOf), play)
  const limit = options.limit && new Set(options.limit)
  const selected = selectHosts(options.inventory, pattern)
  // As in Ansible: a play for a group that this inventory does not have has nothing to do, and says so.
  if ('problems' in selected)
    for (const problem of selected.problems) warn(`play "${play.name}": ${problem.message}`, options)
  const hosts = ('hosts' in selected ? selected.hosts : []).filter((host) => !limit || limit.has(host.name))
  const steps = stepsOfPlay(play, playbook).filter((step) => isTagged(step, options))
  return { play, playbook, hosts, steps, handlers: handlersOf(play, playbook) }
}

function warn(text: string, { reporter, clock }: RunPlaysOptions): void {
  reporter.report({ kind: 'message', level: 'warning', text, at: clock.now() })
}

/** What a play's own keywords see: no host is meant, so only variables that hold for all. */
function playContext(
  play: Play,
  playbook: Playbook,
  options: RunPlaysOptions,
  stateOf: (name: string) => HostState | undefined,
): ReturnType<typeof contextFor> {
  const nobody = { host: { name: '', groups: [], vars: {} }, facts: undefined, setFacts: {}, registered: {} }
  const extraVars = options.extraVars ?? {}
  return contextFor(nobody, {
    inventory: options.inventory,
    playbook,
    play,
    stepVars: [],
    extraVars,
    check: options.check === true,
    readLocal: (file) => options.content.read(file).toString('utf8'),
    playHosts: () => [],
    valuesOf: stateOf,
  })
}

function isTagged(step: Step, options: RunPlaysOptions): boolean {
  if (step.node.kind === 'meta') return true
  const { tags } = step.keywords
  const skip = options.skipTags ?? []
  if (tags.some((tag) => skip.includes(tag))) return false
  const wanted = options.tags ?? []
  if (tags.includes('always')) return true
  if (wanted.length === 0 || wanted.includes('all')) return !tags.includes('never')
  return tags.some((tag) => wanted.includes(tag)) || (wanted.includes('tagged') && tags.length > 0)
}

/** False: the run ends here (any_errors_fatal, max_fail_percentage). */
async function runPlay(plan: PlayPlan, tools: RunTools): Promise<boolean> {
  const { options } = tools
  const { reporter, clock } = options
  const play: PlayState = { plan, once: new Map(), lost: new Set(), stopped: 'no' }
  const hosts = plan.hosts.filter((host) => !isLost(tools.stateOf(host.name)))
  const name = plan.play.name
  reporter.report({
    kind: 'play-started',
    play: name,
    hosts: hosts.map((host) => host.name),
    tasks: plan.steps.filter((step) => step.node.kind === 'task').length,
    at: clock.now(),
  })
  const redact = options.redact ?? ((text: string) => text)
  for (const wave of wavesOf(plan, hosts, options, tools.stateOf)) {
    if (play.stopped !== 'no') break
    const outcomes = await mapLimit(
      wave.hosts,
      wave.slots,
      async (host) => {
        const state = tools.stateOf(host.name) as HostState
        if (play.stopped !== 'no') return
        const report = playReport({ play: name, host: host.name }, { reporter, clock, redact })
        report.hostStarted()
        await new HostRun(state, play, tools, report).run()
        report.hostEnded(state.unreachable ? 'unreachable' : state.failed ? 'failed' : 'ok')
      },
      options.signal,
    )
    for (const outcome of outcomes) if (!outcome.ok) throw outcome.error
  }
  reporter.report({ kind: 'play-ended', play: name, at: clock.now() })
  options.signal?.throwIfAborted()
  const allLost = plan.hosts.length > 0 && plan.hosts.every((host) => isLost(tools.stateOf(host.name)))
  return play.stopped !== 'failed' && !allLost
}

function isLost(state: HostState | undefined): boolean {
  return state === undefined || state.failed || state.unreachable
}

interface Wave {
  readonly hosts: readonly Host[]
  readonly slots: number
}

/**
 * `serial: 2` is two slots: the next host starts when one of them is done, nobody waits for a batch. Several numbers are
 * waves: the first so many hosts, then the next, the last number for all that are left.
 */
function wavesOf(
  plan: PlayPlan,
  hosts: readonly Host[],
  options: RunPlaysOptions,
  stateOf: (name: string) => HostState | undefined,
): readonly Wave[] {
  const forks = options.forks ?? defaultForks
  const context = playContext(plan.play, plan.playbook, options, stateOf)
  const sizes = (plan.play.serial ?? []).map((value) =>
    slotsOf(renderValue(value, context, plan.play), hosts.length, plan.play),
  )
  if (sizes.length === 0) return [{ hosts, slots: forks }]
  const waves: Wave[] = []
  let from = 0
  for (const [index, size] of sizes.entries()) {
    const last = index === sizes.length - 1
    waves.push({ hosts: hosts.slice(from, last ? undefined : from + size), slots: Math.min(size, forks) })
    from += size
  }
  return waves
}

function slotsOf(value: unknown, hosts: number, play: Play): number {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(String(value))?.[1]
  const slots = percent === undefined ? Number(value) : Math.floor((Number(percent) * hosts) / 100)
  if (Number.isInteger(slots) && slots >= 0) return Math.max(1, slots)
  throw new ConfigError(
    `${play.file}:${play.line}: serial must be a number or a percentage, got ${String(value)}`,
  )
}

function recapOf(
  plans: readonly PlayPlan[],
  states: ReadonlyMap<string, HostState>,
  options: RunPlaysOptions,
  counters: RunCounters,
): PlayRecap {
  const names = new Set(plans.flatMap((plan) => plan.hosts.map((host) => host.name)))
  const touched = [...names].flatMap((name) => states.get(name) ?? [])
  const hosts = touched.map((state) => state.recap())
  const failed = touched.filter((state) => state.failed).map((state) => state.host.name)
  const unreachable = touched.filter((state) => state.unreachable).map((state) => state.host.name)
  options.reporter.report({ kind: 'recap', hosts, at: options.clock.now() })
  return {
    hosts,
    changed: hosts.some((host) => host.changed > 0),
    failed,
    unreachable,
    exitCode: failed.length > 0 ? 1 : unreachable.length > 0 ? 4 : 0,
    counters: { ...counters },
  }
}
