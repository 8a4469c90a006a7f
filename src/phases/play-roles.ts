import type { RoleScope, Step } from '../playbook/flatten.ts'

/** Of one host in one play: which roles have run, for those that run once only. */
export class RoleRuns {
  /** By key: the first use of the role of which a task was done, not skipped. */
  readonly #ran = new Map<string, RoleScope>()
  readonly #reached = new Map<string, RoleScope>()

  /** Another use of the step's role was come by: what waits must be settled before `skips` can be asked. */
  isSecond({ scope }: Step): boolean {
    if (scope?.onceKey === undefined) return false
    const first = this.#reached.get(scope.onceKey)
    if (!first) this.#reached.set(scope.onceKey, scope)
    return first !== undefined && first !== scope
  }

  skips({ scope }: Step): boolean {
    if (scope?.onceKey === undefined) return false
    const ran = this.#ran.get(scope.onceKey)
    return ran !== undefined && ran !== scope
  }

  /** A task was done, or failed. */
  note({ scope }: Step): void {
    if (scope?.onceKey !== undefined && !this.#ran.has(scope.onceKey)) this.#ran.set(scope.onceKey, scope)
  }
}
