import type { Step } from '../playbook/flatten.ts'
import type { Entry } from './play-entry.ts'

/** Where a host stands in its list of steps; includes and handlers are put into the list as they are reached. */
export class StepCursor {
  #steps: Step[]
  #index = 0
  /** Place in the loop of the step at hand. */
  item = 0

  constructor(steps: readonly Step[]) {
    this.#steps = [...steps]
  }

  get step(): Step | undefined {
    return this.#steps[this.#index]
  }

  get index(): number {
    return this.#index
  }

  /** The step at hand and all after it. */
  get ahead(): readonly Step[] {
    return this.#steps.slice(this.#index)
  }

  stepOf(entry: Entry): Step {
    return this.#steps[entry.stepIndex] as Step
  }

  indexOf(step: Step): number {
    return this.#steps.indexOf(step)
  }

  next(): void {
    this.goTo(this.#index + 1)
  }

  goTo(index: number, item = 0): void {
    this.#index = index
    this.item = item
  }

  rewindTo(entry: Entry): void {
    this.goTo(entry.stepIndex, entry.itemIndex)
  }

  toEnd(): void {
    this.goTo(this.#steps.length)
  }

  /** Puts steps where the step at hand stands. */
  replace(steps: readonly Step[]): void {
    this.#put(steps, this.#index + 1)
  }

  /** Puts steps before the step at hand. */
  insert(steps: readonly Step[]): void {
    this.#put(steps, this.#index)
  }

  /** Not by splice: an include in a long loop brings more steps than a call may have arguments. */
  #put(steps: readonly Step[], from: number): void {
    this.#steps = [...this.#steps.slice(0, this.#index), ...steps, ...this.#steps.slice(from)]
  }

  /** Past all that belongs to the role of the step at hand. */
  leaveRole(step: Step): void {
    const role = step.scope?.role
    while (this.step && this.step.scope?.role === role && !this.step.implicit) this.next()
  }
}
