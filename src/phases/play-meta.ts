import type { Step } from '../playbook/flatten.ts'
import type { Meta } from '../playbook/types.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { holds } from './play-conditions.ts'
import type { StepCursor } from './play-cursor.ts'
import type { HostState } from './play-host-state.ts'
import type { HostPrograms } from './play-program.ts'
import type { PlayState, RunTools } from './play-types.ts'

interface MetaRequest {
  readonly context: TemplateContext
  /** Takes the handlers that were notified. */
  readonly handlers: () => readonly Step[]
  /** The host has failed: what runs now is forced. */
  readonly failed: boolean
}

/** What `meta` does to one host's way through its play. */
export class MetaActions {
  readonly #state: HostState
  readonly #play: PlayState
  readonly #tools: RunTools
  readonly #programs: HostPrograms
  readonly #cursor: StepCursor

  constructor(
    state: HostState,
    play: PlayState,
    parts: { readonly tools: RunTools; readonly programs: HostPrograms; readonly cursor: StepCursor },
  ) {
    this.#state = state
    this.#play = play
    this.#tools = parts.tools
    this.#programs = parts.programs
    this.#cursor = parts.cursor
  }

  do(step: Step, node: Meta, request: MetaRequest): void {
    this.#cursor.next()
    if (!step.keywords.when.every((condition) => holds(condition, request.context))) return
    switch (node.action) {
      case 'flush_handlers':
        return this.#flushHandlers(step, request)
      case 'end_host':
        return this.#cursor.toEnd()
      case 'end_role':
        return this.#cursor.leaveRole(step)
      case 'end_play':
        this.#play.stopped = 'ended'
        return
      case 'end_batch':
        return this.#endBatch()
      case 'clear_facts':
        return this.#state.forgetFacts()
      case 'clear_host_errors':
        return this.#clearErrors()
      case 'reset_connection':
        return this.#programs.linkOf(undefined).reopen()
      case 'noop':
        return
    }
  }

  /** A handler may notify those after it: flushed again when these are done. */
  #flushHandlers(flush: Step, { handlers, failed }: MetaRequest): void {
    const steps = handlers().map((step) => (failed ? { ...step, forced: true as const } : step))
    if (steps.length > 0) this.#cursor.insert([...steps, { ...flush, implicit: true }])
  }

  /** Slots instead of batches: the hosts that have one now end together. Without serial, the play ends. */
  #endBatch(): void {
    if (this.#play.plan.play.serial === undefined) this.#play.stopped = 'ended'
    else for (const name of this.#play.running) this.#play.ended.add(name)
  }

  /** Hosts of the play that failed before take part in the plays that follow. */
  #clearErrors(): void {
    for (const { name } of this.#play.plan.hosts) {
      const state = this.#tools.stateOf(name)
      if (!state || state === this.#state || !this.#play.lost.has(name)) continue
      state.clearErrors()
      this.#tools.links.get(name).reset()
    }
  }
}
