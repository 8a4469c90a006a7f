import { ConfigError } from '../kernel/errors.ts'
import { selectHosts } from '../inventory/patterns.ts'
import type { Host, Inventory } from '../inventory/types.ts'
import { stepsOfPlay, type Step } from '../playbook/flatten.ts'
import { handlersOf } from '../playbook/handlers.ts'
import { isWanted } from '../playbook/tags.ts'
import type { Play, Playbook } from '../playbook/types.ts'
import { contextFor } from '../playbook/variables.ts'
import { renderText, renderValue } from '../templates/render.ts'
import type { HostState } from './play-host-state.ts'
import type { PlanningOptions, PlayPlan } from './play-types.ts'

/** What making a play ready looks at. */
export interface Planning {
  readonly options: PlanningOptions
  readonly inventory: () => Inventory
  readonly stateOf: (name: string) => HostState | undefined
}

/** Hosts and steps of a play. Tags are settled here: a step that is not wanted does not exist. */
export function planPlay(play: Play, playbook: Playbook, planning: Planning): PlayPlan {
  const { options } = planning
  const all = stepsOfPlay(play, playbook)
  const steps = all.filter((step) => step.implicit || isWanted(step.keywords.tags, options))
  const tags = [...new Set(all.flatMap((step) => step.keywords.tags))].sort()
  const handlers = handlersOf(play, playbook)
  return { play, playbook, steps, tags, handlers, ...hostsOfPlay(play, playbook, planning) }
}

/** Again when a task has added hosts or groups. */
export function hostsOfPlay(
  play: Play,
  playbook: Playbook,
  planning: Planning,
): Pick<PlayPlan, 'hosts' | 'hostNames'> {
  const { options, inventory } = planning
  const pattern = renderText(play.hosts, playContext(play, playbook, planning), play)
  const limit = options.limit && new Set(options.limit)
  const selected = selectHosts(inventory(), pattern)
  // As in Ansible: a play for a group that this inventory does not have has nothing to do, and says so.
  if ('problems' in selected)
    for (const problem of selected.problems) warn(`play "${play.name}": ${problem.message}`, options)
  const added = (host: Host): boolean => !options.inventory.hosts.has(host.name)
  const chosen = ('hosts' in selected ? selected.hosts : []).filter(
    (host) => !limit || limit.has(host.name) || added(host),
  )
  const hosts = inOrder(chosen, play)
  return { hosts, hostNames: new Set(hosts.map((host) => host.name)) }
}

function inOrder(hosts: readonly Host[], { order }: Play): readonly Host[] {
  const byName = (a: Host, b: Host): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  switch (order) {
    case 'reverse_inventory':
      return hosts.toReversed()
    case 'sorted':
      return hosts.toSorted(byName)
    case 'reverse_sorted':
      return hosts.toSorted(byName).toReversed()
    case 'shuffle':
      return hosts
        .map((host) => ({ host, place: Math.random() }))
        .sort((a, b) => a.place - b.place)
        .map(({ host }) => host)
    default:
      return hosts
  }
}

export function warn(text: string, { reporter, clock }: Pick<PlanningOptions, 'reporter' | 'clock'>): void {
  reporter.report({ kind: 'message', level: 'warning', text, at: clock.now() })
}

/** What a play's own keywords see: no host is meant, so only variables that hold for all. */
function playContext(play: Play, playbook: Playbook, planning: Planning): ReturnType<typeof contextFor> {
  const { options, inventory, stateOf } = planning
  const nobody = { host: { name: '', groups: [], vars: {} }, facts: undefined, setFacts: {}, registered: {} }
  return contextFor(nobody, {
    inventory: inventory(),
    playbook,
    play,
    stepVars: [],
    extraVars: options.extraVars ?? {},
    check: options.check === true,
    readLocal: (file) => options.content.read(file).toString('utf8'),
    playHosts: () => [],
    valuesOf: stateOf,
  })
}

export interface Wave {
  readonly hosts: readonly Host[]
  readonly slots: number
  /** Hosts of a batch: `run_once` is done once by each. */
  readonly size: number
}

/** Number of each host's batch; none where all are of one. */
export function batchesOf(waves: readonly Wave[]): ReadonlyMap<string, number> {
  const batches = new Map<string, number>()
  let first = 0
  for (const { hosts, size } of waves) {
    for (const [index, host] of hosts.entries()) batches.set(host.name, first + Math.floor(index / size))
    first += Math.ceil(hosts.length / size)
  }
  return first > 1 ? batches : new Map()
}

const defaultForks = 20

/**
 * `serial: 2` is two slots: the next host starts when one of them is done, nobody waits for a batch. Several numbers are
 * waves: the first so many hosts, then the next, the last number for all that are left.
 */
export function wavesOf(plan: PlayPlan, hosts: readonly Host[], planning: Planning): readonly Wave[] {
  const forks = planning.options.forks ?? defaultForks
  const context = playContext(plan.play, plan.playbook, planning)
  const sizes = (plan.play.serial ?? []).flatMap((value) =>
    [renderValue(value, context, plan.play)].flat().map((each) => slotsOf(each, hosts.length, plan.play)),
  )
  // Who must wait for a turn must not hold the slot of another one: the turns themselves are the limit.
  if (plan.play.order === 'quorum')
    return [{ hosts, slots: Math.max(1, hosts.length), size: Math.max(1, hosts.length) }]
  if (sizes.length === 0) return [{ hosts, slots: forks, size: Math.max(1, hosts.length) }]
  const waves: Wave[] = []
  let from = 0
  for (const [index, size] of sizes.entries()) {
    const last = index === sizes.length - 1
    waves.push({
      hosts: hosts.slice(from, last ? undefined : from + size),
      slots: Math.min(size, forks),
      size,
    })
    from += size
  }
  return waves
}

function slotsOf(value: unknown, hosts: number, play: Play): number {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(String(value))?.[1]
  const slots = percent === undefined ? Number(value) : Math.floor((Number(percent) * hosts) / 100)
  // 0 is Ansible's word for "all at once".
  if (percent === undefined && slots === 0) return Math.max(1, hosts)
  if (Number.isInteger(slots) && slots >= 0) return Math.max(1, slots)
  throw new ConfigError(
    `${play.file}:${play.line}: serial must be a number or a percentage, got ${String(value)}`,
  )
}

/** --start-at-task: steps from the first one of that name on; undefined where the play does not have it. */
export function stepsFrom(steps: readonly Step[], name: string): readonly Step[] | undefined {
  const wanted = globOf(name)
  const at = steps.findIndex(
    ({ node, scope, implicit }) =>
      !implicit && (wanted(node.name) || (scope !== undefined && wanted(`${scope.role} : ${node.name}`))),
  )
  return at < 0 ? undefined : steps.slice(at)
}

function globOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('.*')}$`)
  return (name) => expression.test(name)
}
