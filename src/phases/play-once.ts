import type { Task } from '../playbook/types.ts'
import type { HostState } from './play-host-state.ts'
import type { UnitResult } from './play-result.ts'
import type { OnceResult, PlayState } from './play-types.ts'

/** run_once: the first host to arrive does the task, the others wait for its result and take it over. */
export class OnceTasks {
  readonly #play: PlayState
  readonly #mine = new Map<Task, (result: OnceResult) => void>()

  constructor(play: PlayState) {
    this.#play = play
  }

  /** undefined: this host does it. */
  doneByAnother(task: Task): Promise<OnceResult> | undefined {
    const known = this.#play.once.get(task)
    if (known) return this.#mine.has(task) ? undefined : known
    this.#play.once.set(task, new Promise((resolve) => this.#mine.set(task, resolve)))
    return undefined
  }

  tell(task: Task, result: UnitResult): void {
    const facts = result['ansible_facts']
    this.#mine.get(task)?.({
      failed: result.failed,
      registered: task.register === undefined ? {} : { [task.register]: result },
      setFacts: task.module === 'set_fact' && facts !== undefined ? (facts as OnceResult['setFacts']) : {},
    })
    this.#mine.delete(task)
  }

  /** A host that ends before its task is done must not keep the others waiting. */
  release(): void {
    for (const tell of this.#mine.values()) tell({ failed: true, registered: {}, setFacts: {} })
    this.#mine.clear()
  }
}

export function takeOver(state: HostState, result: OnceResult): OnceResult {
  for (const [name, value] of Object.entries(result.registered)) state.register(name, value)
  state.setVariables(result.setFacts)
  return result
}
