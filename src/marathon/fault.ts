import type { Problem } from '../kernel/problems.ts'

/** One fault of an app: `shape` = wrong JSON types or bounds (Marathon: "Invalid JSON"), `rule` = a valid form that breaks a rule. */
export interface AppFault {
  /** Names and positions from the app down: ['healthChecks', 0, 'port']; empty = the whole app. */
  readonly path: readonly (string | number)[]
  readonly kind: 'shape' | 'rule'
  /** Marathon's text: `error.path.missing`, `error.min`, ... for shapes, a sentence for rules. */
  readonly code: string
  /** For people. */
  readonly message: string
}

/** Marathon's `details` of a 422. */
export interface MarathonDetail {
  readonly path: string
  readonly errors: readonly string[]
}

/** The body of a 422 as Marathon writes it: shapes first, since a wrong shape keeps it from checking rules. */
export function refusalOf(faults: readonly AppFault[]): {
  message: string
  details: readonly MarathonDetail[]
} {
  const shapes = faults.filter((fault) => fault.kind === 'shape')
  const told = shapes.length > 0 ? shapes : faults
  const byPath = new Map<string, string[]>()
  for (const fault of told) {
    const path = marathonPath(fault.path)
    byPath.set(path, [...(byPath.get(path) ?? []), fault.code])
  }
  const message = shapes.length > 0 ? 'Invalid JSON' : 'Object is not valid'
  return { message, details: [...byPath].map(([path, errors]) => ({ path, errors: [...new Set(errors)] })) }
}

/** One line each for people: `/prod/web: healthChecks/0/port: must be >= 0`. */
export function problemsOf(faults: readonly AppFault[], where: string): readonly Problem[] {
  return faults.map((fault) => ({
    where,
    message: fault.path.length > 0 ? `${fault.path.join('/')}: ${fault.message}` : fault.message,
  }))
}

/** `/healthChecks(0)/port`: list positions in parentheses. */
function marathonPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return '/'
  return path.map((part) => (typeof part === 'number' ? `(${part})` : `/${part}`)).join('')
}
