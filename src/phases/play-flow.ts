import type { BlockId, BlockPart, Step } from '../playbook/flatten.ts'

interface BlockState {
  /** Place of the first step that came to it; infinite: none did. */
  enteredAt: number
  blockFailed: boolean
  rescueFailed: boolean
  alwaysFailed: boolean
}

/** Which steps of a host still run: what failures, rescue and always do to a list of steps laid flat. */
export class BlockFlow {
  readonly #blocks = new Map<BlockId, BlockState>()
  /** A failure that no block has rescued: only `always` parts that were entered still run. */
  failed = false

  /** `at`: the step's place in the host's list. */
  runs(step: Step, at: number): boolean {
    if (this.failed && step.forced) return true
    return this.#alive(step.path, step.path.length, at)
  }

  /** Whether a rescue will take the failure of a step. */
  rescues({ path }: Step): boolean {
    return path.some(({ block, part }) => part === 'block' && block.hasRescue)
  }

  /**
   * Marks the blocks around a step that failed; true when a rescue takes it. Blocks behind it were entered while its outcome was
   * not known yet: as it failed, nobody came to them.
   */
  fail(step: Step, at: number): boolean {
    for (const state of this.#blocks.values()) if (state.enteredAt > at) state.enteredAt = Infinity
    for (let depth = step.path.length - 1; depth >= 0; depth--) {
      const { block, part } = step.path[depth] as BlockPart
      const state = this.#stateOf(block)
      state.enteredAt = Math.min(state.enteredAt, at)
      if (part === 'block') {
        state.blockFailed = true
        if (block.hasRescue) return true
      } else if (part === 'rescue') {
        state.rescueFailed = true
      } else {
        state.alwaysFailed = true
      }
    }
    this.failed = true
    return false
  }

  #alive(path: readonly BlockPart[], depth: number, at: number): boolean {
    const inner = path[depth - 1]
    if (!inner) return !this.failed
    const state = this.#stateOf(inner.block)
    switch (inner.part) {
      case 'block': {
        if (state.blockFailed || !this.#alive(path, depth - 1, at)) return false
        state.enteredAt = Math.min(state.enteredAt, at)
        return true
      }
      case 'rescue':
        return state.blockFailed && !state.rescueFailed && inner.block.hasRescue
      case 'always':
        // Not entered, and alive all the same: tags have left nothing of the block's own tasks.
        return !state.alwaysFailed && (state.enteredAt < Infinity || this.#alive(path, depth - 1, at))
    }
  }

  #stateOf(block: BlockId): BlockState {
    const known = this.#blocks.get(block)
    if (known) return known
    const fresh = { enteredAt: Infinity, blockFailed: false, rescueFailed: false, alwaysFailed: false }
    this.#blocks.set(block, fresh)
    return fresh
  }
}
