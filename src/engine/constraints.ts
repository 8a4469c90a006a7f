import type { Constraint } from '../marathon/types.ts'
import type { Agent } from './types.ts'

/**
 * Whether one more instance may run on the agent, where those of the same configuration run on `taken` (an agent stands in
 * it once for each).
 */
export function meetsConstraints(
  constraints: readonly Constraint[],
  agent: Agent,
  taken: readonly Agent[],
  wanted: number,
): boolean {
  return constraints.every((constraint) => meets(constraint, agent, { taken, wanted }))
}

interface Counts {
  readonly taken: readonly Agent[]
  readonly wanted: number
}

function meets([field, operator, value]: Constraint, agent: Agent, { taken, wanted }: Counts): boolean {
  const actual = fieldValue(field, agent)
  if (operator === 'UNLIKE') return actual === undefined || !fullMatch(value, actual)
  if (actual === undefined) return false
  const running = taken.filter((other) => fieldValue(field, other) === actual).length
  switch (operator) {
    case 'UNIQUE':
      return running === 0
    case 'CLUSTER':
      return value === undefined || value === '' ? running === taken.length : value === actual
    case 'GROUP_BY':
      return running < groupShare(Number(value ?? 0), wanted)
    case 'MAX_PER':
      return running < Number(value)
    case 'LIKE':
      return fullMatch(value, actual)
    case 'IS':
      return isSame(value ?? '', actual)
    default:
      return false
  }
}

/** The value of a constraint's field; undefined when the agent has no such attribute. */
function fieldValue(field: string, agent: Agent): string | undefined {
  return field === 'hostname' || field === '@hostname' ? agent.hostname : agent.attributes[field]
}

/** Up to instances/n (+ remainder) in each group; without n there is no limit, and the queue alone spreads. */
function groupShare(groups: number, wanted: number): number {
  return groups > 0 ? Math.ceil(wanted / groups) : Number.POSITIVE_INFINITY
}

function fullMatch(pattern: string | undefined, value: string): boolean {
  return new RegExp(`^(?:${pattern ?? ''})$`).test(value)
}

/** Exact text, or equal numbers: Mesos turns `4` into the scalar 4.0. */
function isSame(wanted: string, actual: string): boolean {
  if (wanted === actual) return true
  return wanted !== '' && actual !== '' && Number(wanted) === Number(actual)
}
