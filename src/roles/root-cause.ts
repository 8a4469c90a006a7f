import type { Problem } from '../kernel/problems.ts'

/** A fault that many places come upon; told once, where it stands, instead of at each of them. */
export class RootCause extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

/** Of a variable that cannot be resolved: its own fault is told already, what uses it has none of its own. */
export class FollowOn extends Error {}

/** What an error of rendering adds to the problems: the root alone, nothing, or itself as it is told by `own`. */
export function problemsOf(error: unknown, own: () => Problem): readonly Problem[] {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof RootCause) return [at.problem]
    if (at instanceof FollowOn) return []
  }
  return [own()]
}

/** Variables that could not be resolved, for what is rendered after them. */
export function defineFollowOns(names: Iterable<string>, context: object): void {
  for (const name of names) {
    const get = (): never => {
      throw new FollowOn(`variable "${name}" cannot be resolved`)
    }
    Object.defineProperty(context, name, { enumerable: true, configurable: true, get })
  }
}

export function withoutRepeats(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ where, message }) => {
    const key = `${where}\n${message}`
    return !seen.has(key) && seen.add(key)
  })
}
