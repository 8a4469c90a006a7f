import type { Step } from '../playbook/flatten.ts'
import type { Prepared } from './play-unit.ts'

/**
 * Tasks of a host that are kept ready for their turn. Most plays have fewer; one beyond is made ready once more, which costs
 * 0.03 ms, where keeping it costs 3 kB for each host.
 */
export const mostReady = 256

/** Tasks that were made ready while the steps ahead were looked at, until their turn is over. */
export class ReadyUnits {
  readonly #units = new Map<Step, { readonly version: number; readonly unit: Prepared }>()

  /** `version`: of the host's values; what was made from older ones counts no more. */
  get(step: Step, version: number): Prepared | undefined {
    const known = this.#units.get(step)
    return known?.version === version ? known.unit : undefined
  }

  /** Not kept when there are enough: those that were first have their turn first. */
  keep(step: Step, version: number, unit: Prepared): void {
    if (this.#units.size < mostReady || this.#units.has(step)) this.#units.set(step, { version, unit })
  }

  /** Its turn is over; and so is that of all before it, among them steps of includes that are expanded anew each time. */
  drop(step: Step): void {
    if (!this.#units.has(step)) return
    for (const earlier of this.#units.keys()) {
      this.#units.delete(earlier)
      if (earlier === step) return
    }
  }

  clear(): void {
    this.#units.clear()
  }

  get size(): number {
    return this.#units.size
  }
}
