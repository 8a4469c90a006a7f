import type { Problem } from '../kernel/problems.ts'
import type { Place } from './types.ts'

/** Collects the faults of all files of a playbook: all are told at once. */
export class FaultList {
  readonly problems: Problem[] = []
  /** Modules that some module_defaults gives parameters to. */
  readonly withDefaults = new Set<string>()
  readonly #missing: { readonly module: string; readonly problem: Problem }[] = []

  add(place: Place, message: string): void {
    const where = `${place.file}:${place.line}`
    if (!this.problems.some((known) => known.where === where && known.message === message)) {
      this.problems.push({ where, message })
    }
  }

  /** A parameter that the task does not give; no fault where module_defaults may give it. */
  addMissing(module: string, place: Place, message: string): void {
    const before = this.problems.length
    this.add(place, message)
    const problem = this.problems[before]
    if (problem) this.#missing.push({ module, problem })
  }

  /** To be called when all files are read. */
  settleMissing(): void {
    for (const { module, problem } of this.#missing)
      if (this.withDefaults.has(module)) this.problems.splice(this.problems.indexOf(problem), 1)
  }
}
