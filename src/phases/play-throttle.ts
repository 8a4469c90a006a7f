import { ConfigError } from '../kernel/errors.ts'
import { Limiter } from '../kernel/pool.ts'
import type { Step } from '../playbook/flatten.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import type { PlayState } from './play-types.ts'

/** One host's place among those that may do a task with `throttle` at once. */
export class Throttle {
  readonly #play: PlayState
  #held: { readonly step: Step; readonly release: () => void } | undefined

  constructor(play: PlayState) {
    this.#play = play
  }

  holds(step: Step): boolean {
    return this.#held?.step === step
  }

  isHeldByAnother(step: Step): boolean {
    return this.#held !== undefined && this.#held.step !== step
  }

  /** Waits until fewer than `throttle` other hosts do the task. */
  async enter(step: Step, context: TemplateContext): Promise<void> {
    const most = Number(renderValue(step.keywords.throttle, context, step.node))
    if (!Number.isInteger(most) || most < 0)
      throw new ConfigError(`${step.node.file}:${step.node.line}: throttle must be a number of hosts`)
    if (most === 0) return
    const limiter = this.#play.throttles.get(step.node) ?? new Limiter(most)
    this.#play.throttles.set(step.node, limiter)
    const release = await new Promise<() => void>((entered) => {
      void limiter.run(() => new Promise<void>((done) => entered(done)))
    })
    this.#held = { step, release }
  }

  release(): void {
    this.#held?.release()
    this.#held = undefined
  }
}
