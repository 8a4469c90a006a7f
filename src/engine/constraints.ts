import type { Constraint } from '../marathon/types.ts'
import type { Agent } from './types.ts'

/**
 * Whether one more instance may run on the agent beside `running` ones of the same configuration, all of which run here.
 * With one agent every instance has the same field values, so counting is all that the spreading operators need.
 */
export function meetsConstraints(
  constraints: readonly Constraint[],
  agent: Agent,
  running: number,
  wanted: number,
): boolean {
  return constraints.every((constraint) => meets(constraint, agent, { running, wanted }))
}

interface Counts {
  readonly running: number
  readonly wanted: number
}

function meets([field, operator, value]: Constraint, agent: Agent, { running, wanted }: Counts): boolean {
  const actual = fieldValue(field, agent)
  if (operator === 'UNLIKE') return actual === undefined || !fullMatch(value, actual)
  if (actual === undefined) return false
  switch (operator) {
    case 'UNIQUE':
      return running === 0
    case 'CLUSTER':
      return value === undefined || value === '' || value === actual
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

/** Up to instances/n (+ remainder) in each group; without n all may go into the one group there is. */
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
