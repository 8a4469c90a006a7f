import { findCycle, type Graph } from '../kernel/graph.ts'
import { unknownWord } from '../kernel/nearest.ts'
import type { Problem } from '../kernel/problems.ts'
import type { Requirement } from '../start-spec/types.ts'

/** What the graph needs of a service: its steps in order, and what each requires. Definitions and start specs both fit. */
export interface GraphService {
  readonly name: string
  readonly commands: readonly {
    readonly name: string
    readonly requires: readonly Requirement[]
    readonly where?: string
  }[]
  readonly daemon?: { readonly requires: readonly Requirement[]; readonly where?: string }
}

/** One command or daemon, `service/command`. */
export interface GraphStep {
  readonly id: string
  readonly service: string
  readonly requires: readonly Requirement[]
  /** The step of the same service that comes before it. */
  readonly after?: string
  readonly where: string
}

export function stepsOf(services: Iterable<GraphService>): readonly GraphStep[] {
  return [...services].flatMap((service) => {
    const own = service.daemon
      ? [...service.commands, { ...service.daemon, name: 'daemon' }]
      : service.commands
    return own.map((step, index) => {
      const before = own[index - 1]
      return {
        id: `${service.name}/${step.name}`,
        service: service.name,
        requires: step.requires,
        where: step.where ?? service.name,
        ...(before ? { after: `${service.name}/${before.name}` } : {}),
      }
    })
  })
}

/** Each step with the steps that must be over (or ready) before it. */
export function graphOf(steps: readonly GraphStep[]): Graph {
  return new Map(
    steps.map((step) => [
      step.id,
      [
        ...(step.after === undefined ? [] : [step.after]),
        ...step.requires.map((requirement) => `${requirement.service}/${requirement.command}`),
      ],
    ]),
  )
}

/** Requirements that nobody provides, and the first cycle. */
export function graphProblems(steps: readonly GraphStep[]): readonly Problem[] {
  const known = new Set(steps.map((step) => step.id))
  const missing = steps.flatMap((step) =>
    step.requires
      .map((requirement) => `${requirement.service}/${requirement.command}`)
      .filter((id) => !known.has(id))
      .map((id) => ({
        where: step.where,
        message: `${step.id} requires what nobody provides: ${unknownWord('step', id, [...known])}`,
      })),
  )
  const cycle = findCycle(graphOf(steps))
  if (!cycle) return missing
  const where = steps.find((step) => step.id === cycle[0])?.where ?? 'roles'
  return [...missing, { where, message: `steps wait for each other in a circle: ${cycle.join(' -> ')}` }]
}

/**
 * The longest chain of steps, in order of execution. Without `costs` each step counts 1; else `costs` gives each step's time
 * (any unit). Takes acyclic graphs only.
 */
export function criticalPath(
  graph: Graph,
  costs: ReadonlyMap<string, number> = new Map(),
): readonly string[] {
  const best = new Map<string, { readonly total: number; readonly before?: string }>()
  const measure = (id: string): number => {
    const known = best.get(id)
    if (known) return known.total
    const befores = (graph.get(id) ?? []).filter((each) => graph.has(each))
    const longest = befores.reduce<string | undefined>(
      (chosen, each) => (chosen === undefined || measure(each) > measure(chosen) ? each : chosen),
      undefined,
    )
    const total = (costs.get(id) ?? 1) + (longest === undefined ? 0 : measure(longest))
    best.set(id, { total, ...(longest === undefined ? {} : { before: longest }) })
    return total
  }
  const last = [...graph.keys()].reduce<string | undefined>(
    (chosen, each) => (chosen === undefined || measure(each) > measure(chosen) ? each : chosen),
    undefined,
  )
  const path: string[] = []
  for (let id = last; id !== undefined; id = best.get(id)?.before) path.unshift(id)
  return path
}
