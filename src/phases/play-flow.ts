import type { BlockId, BlockPart, Step } from '../playbook/flatten.ts'

interface BlockState {
  entered: boolean
  blockFailed: boolean
  rescueFailed: boolean
  alwaysFailed: boolean
}

/** Which steps of a host still run: what failures, rescue and always do to a list of steps laid flat. */
export class BlockFlow {
  readonly #blocks = new Map<BlockId, BlockState>()
  /** A failure that no block has rescued: only `always` parts that were entered still run. */
  failed = false

  runs(step: Step): boolean {
    if (this.failed && step.forced) return true
    return this.#alive(step.path, step.path.length)
  }

  /** Whether a rescue will take the failure of a step. */
  rescues({ path }: Step): boolean {
    return path.some(({ block, part }) => part === 'block' && block.hasRescue)
  }

  /** Marks the blocks around a step that failed; true when a rescue takes it. */
  fail(step: Step): boolean {
    for (let depth = step.path.length - 1; depth >= 0; depth--) {
      const { block, part } = step.path[depth] as BlockPart
      const state = this.#stateOf(block)
      state.entered = true
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

  #alive(path: readonly BlockPart[], depth: number): boolean {
    const inner = path[depth - 1]
    if (!inner) return !this.failed
    const state = this.#stateOf(inner.block)
    switch (inner.part) {
      case 'block': {
        if (state.blockFailed || !this.#alive(path, depth - 1)) return false
        state.entered = true
        return true
      }
      case 'rescue':
        return state.blockFailed && !state.rescueFailed && inner.block.hasRescue
      case 'always':
        return state.entered && !state.alwaysFailed
    }
  }

  #stateOf(block: BlockId): BlockState {
    const known = this.#blocks.get(block)
    if (known) return known
    const fresh = { entered: false, blockFailed: false, rescueFailed: false, alwaysFailed: false }
    this.#blocks.set(block, fresh)
    return fresh
  }
}
