import type { Problem } from '../kernel/problems.ts'
import type { Place } from './types.ts'

/** Collects the faults of all files of a playbook: all are told at once. */
export class FaultList {
  readonly problems: Problem[] = []

  add(place: Place, message: string): void {
    const where = `${place.file}:${place.line}`
    if (!this.problems.some((known) => known.where === where && known.message === message)) {
      this.problems.push({ where, message })
    }
  }
}
