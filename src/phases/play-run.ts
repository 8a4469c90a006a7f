import { UsageError } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import type { Host } from '../inventory/types.ts'
import type { Playbook } from '../playbook/types.ts'
import { HostRun } from './play-host.ts'
import { HostState } from './play-host-state.ts'
import { HostLink, type RunCounters } from './play-link.ts'
import { LinkPool } from './play-link-pool.ts'
import { hostNamed, hostOfLink } from './play-links.ts'
import {
  hostsOfPlay,
  planPlay,
  stepsFrom,
  warn,
  batchesOf,
  wavesOf,
  type Planning,
  type Wave,
} from './play-plan.ts'
import { OnceBoard } from './play-once.ts'
import { withTurns } from './play-with-turns.ts'
import { playReport } from './play-report.ts'
import { RunInventory } from './play-inventory.ts'
import type { PlayPlan, PlayRecap, PlayState, RunPlaysOptions, RunTools } from './play-types.ts'

/**
 * Runs all plays of a playbook. Hosts go at their own pace within a play; a host that fails leaves, the others go on.
 * Throws ConfigError for what is wrong before anything runs, and, after the recap, the signal's reason when aborted;
 * everything else is in the recap.
 */
export async function runPlays(playbook: Playbook, options: RunPlaysOptions): Promise<PlayRecap> {
  const counters: RunCounters = { changes: 0, connections: 0, commands: 0, uploads: 0 }
  const states = new Map<string, HostState>()
  const inventory = new RunInventory(options.inventory, states)
  const stateOf = (name: string): HostState | undefined =>
    remembered(states, name, () => newState(name, inventory))
  const links = new LinkPool((key) => newLink(key, inventory, { options, counters }))
  const planning: Planning = { options, stateOf, inventory: () => inventory.current }
  const plans = plansOf(playbook, planning)
  const notStarted = new Set<string>()
  const recap = (): PlayRecap => recapOf(states, { options, counters, plans, notStarted: [...notStarted] })
  try {
    for (const [index, planned] of plans.entries()) {
      const plan = inventory.isChanged ? again(planned, planning) : planned
      const later = plans.slice(index + 1)
      const tools = { options, stateOf, links, counters, later, ...inventory.tools }
      if (!(await runPlay(plan, { tools, planning, notStarted }))) break
    }
  } catch (error) {
    // Whoever stops a run wants to know how far it came.
    if (options.signal?.aborted) recap()
    throw error
  } finally {
    await links.closeAll()
  }
  return recap()
}

/** All plays, before the first one starts; from the task on that --start-at-task names. */
function plansOf(playbook: Playbook, planning: Planning): readonly PlayPlan[] {
  const plans = playbook.plays.map((play) => planPlay(play, playbook, planning))
  const { startAtTask } = planning.options
  if (startAtTask === undefined) return plans
  for (const [index, plan] of plans.entries()) {
    const steps = stepsFrom(plan.steps, startAtTask)
    if (steps) return [{ ...plan, steps }, ...plans.slice(index + 1)]
  }
  throw new UsageError(`no play has a task "${startAtTask}"`, {
    hint: 'see the names with --list-tasks; tasks of include_tasks and include_role are not known before they run',
  })
}

function again(plan: PlayPlan, planning: Planning): PlayPlan {
  return { ...plan, ...hostsOfPlay(plan.play, plan.playbook, planning) }
}

function remembered<T>(map: Map<string, T>, name: string, make: () => T | undefined): T | undefined {
  const known = map.get(name)
  if (known) return known
  const made = make()
  if (made) map.set(name, made)
  return made
}

/** undefined: the inventory does not know it, and it is not this machine. */
function newState(name: string, inventory: RunInventory): HostState | undefined {
  const host = hostNamed(inventory.current, name)
  const isKnown = inventory.current.hosts.has(name) || host.vars['ansible_connection'] === 'local'
  return isKnown ? new HostState(host) : undefined
}

function newLink(
  key: string,
  inventory: RunInventory,
  { options, counters }: { readonly options: RunPlaysOptions; readonly counters: RunCounters },
): HostLink {
  const { transport, clock, signal } = options
  return new HostLink(hostOfLink(inventory.current, key), { transport, counters, clock, signal })
}

interface Running {
  readonly tools: RunTools
  readonly planning: Planning
  readonly notStarted: Set<string>
}

/** False: the run ends here (any_errors_fatal, max_fail_percentage, no host is left). */
async function runPlay(plan: PlayPlan, { tools, planning, notStarted }: Running): Promise<boolean> {
  const { options } = tools
  const { reporter, clock } = options
  const hosts = plan.hosts.filter((host) => !isLost(tools.stateOf(host.name)))
  const name = plan.play.name
  reporter.report({
    kind: 'play-started',
    play: name,
    hosts: hosts.map((host) => host.name),
    tasks: plan.steps.filter((step) => step.node.kind === 'task').length,
    at: clock.now(),
  })
  const waves = wavesOf(plan, hosts, planning)
  const play = withTurns(newPlayState(plan, batchesOf(waves)), { hosts, tools, planning })
  try {
    for (const wave of waves) {
      if (play.stopped !== 'no') break
      await runWave(wave, play, tools)
    }
  } finally {
    await play.turns?.close()
  }
  play.turns?.throwFailure()
  tellNotStarted(play, hosts, { options, notStarted })
  reporter.report({ kind: 'play-ended', play: name, at: clock.now() })
  options.signal?.throwIfAborted()
  const allLost = plan.hosts.length > 0 && plan.hosts.every((host) => isLost(tools.stateOf(host.name)))
  return play.stopped !== 'failed' && !allLost
}

function newPlayState(plan: PlayPlan, batches: PlayState['batches']): PlayState {
  return {
    ...{ plan, batches, once: new OnceBoard() },
    ...{ lost: new Set(), throttles: new Map(), running: new Set() },
    started: new Set(),
    stopped: 'no',
  }
}

async function runWave(wave: Wave, play: PlayState, tools: RunTools): Promise<void> {
  const { reporter, clock, redact = (text: string) => text, signal } = tools.options
  const outcomes = await mapLimit(
    wave.hosts,
    wave.slots,
    async (host) => {
      const state = tools.stateOf(host.name) as HostState
      if (play.stopped !== 'no') return
      const report = playReport({ play: play.plan.play.name, host: host.name }, { reporter, clock, redact })
      play.started.add(host.name)
      play.running.add(host.name)
      report.hostStarted()
      const run = new HostRun(state, play, tools, report).run()
      await run.finally(() => play.turns?.leave(host.name, play.stopped !== 'no'))
      play.running.delete(host.name)
      play.once.wake()
      tools.links.release(
        host.name,
        tools.later.some((plan) => plan.hostNames.has(host.name)),
      )
      report.hostEnded(state.unreachable ? 'unreachable' : state.failed ? 'failed' : 'ok')
    },
    signal,
  )
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error
}

/** Hosts that nobody touched are named: they are neither done nor failed. */
function tellNotStarted(
  play: PlayState,
  hosts: readonly Host[],
  { options, notStarted }: { readonly options: RunPlaysOptions; readonly notStarted: Set<string> },
): void {
  if (play.stopped !== 'failed') return
  const names = hosts.map((host) => host.name).filter((name) => !play.started.has(name))
  for (const name of names) notStarted.add(name)
  const rest = names.length > 0 ? `; not started: ${names.join(', ')}` : ''
  warn(`play "${play.plan.play.name}" was stopped (${play.stopReason ?? 'too many failed'})${rest}`, options)
}

function isLost(state: HostState | undefined): boolean {
  return state === undefined || state.failed || state.unreachable
}

interface Told {
  readonly options: RunPlaysOptions
  readonly counters: RunCounters
  readonly plans: readonly PlayPlan[]
  readonly notStarted: readonly string[]
}

function recapOf(states: ReadonlyMap<string, HostState>, told: Told): PlayRecap {
  const { options, counters, plans, notStarted } = told
  // In the order of the plays; then those that tasks have added.
  const names = new Set(plans.flatMap((plan) => plan.hosts.map((host) => host.name)))
  for (const state of states.values()) if (state.wasTouched) names.add(state.host.name)
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
    notStarted,
    exitCode: failed.length > 0 ? 1 : unreachable.length > 0 ? 4 : 0,
    counters: { ...counters },
  }
}
