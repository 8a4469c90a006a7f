import type { Step } from '../playbook/flatten.ts'
import type { Meta } from '../playbook/types.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { holds } from './play-conditions.ts'
import type { StepCursor } from './play-cursor.ts'
import type { HostState } from './play-host-state.ts'
import type { OnceTasks } from './play-once.ts'
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
  readonly #once: OnceTasks
  readonly #cursor: StepCursor

  constructor(
    state: HostState,
    play: PlayState,
    parts: {
      readonly tools: RunTools
      readonly programs: HostPrograms
      readonly once: OnceTasks
      readonly cursor: StepCursor
    },
  ) {
    this.#state = state
    this.#play = play
    this.#tools = parts.tools
    this.#programs = parts.programs
    this.#once = parts.once
    this.#cursor = parts.cursor
  }

  async do(step: Step, node: Meta, request: MetaRequest): Promise<void> {
    const isWanted = await this.#isWanted(step, node, request.context)
    this.#cursor.next()
    if (!isWanted) return
    switch (node.action) {
      case 'flush_handlers':
        return this.#flushHandlers(step, request)
      case 'end_host':
        return this.#cursor.toEnd()
      case 'end_role':
        return this.#cursor.leaveRole(step)
      case 'end_play':
        // All come to this point and end here; those of later batches do not begin.
        if (this.#play.plan.play.serial !== undefined) this.#play.stopped = 'ended'
        return this.#cursor.toEnd()
      case 'end_batch':
        return this.#cursor.toEnd()
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

  /** What ends a play or a batch ends it for all its hosts: one of them looks at the condition. */
  async #isWanted({ keywords }: Step, node: Meta, context: TemplateContext): Promise<boolean> {
    const isMet = (): boolean => keywords.when.every((condition) => holds(condition, context))
    const isShared = node.action === 'end_play' || node.action === 'end_batch'
    if (!isShared || keywords.when.length === 0) return isMet()
    const theirs = await this.#once.doneByAnother(node)
    if (theirs) return theirs.holds === true
    const mine = isMet()
    this.#once.tellCondition(node, mine)
    return mine
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
