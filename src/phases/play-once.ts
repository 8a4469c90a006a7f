import type { Step } from '../playbook/flatten.ts'
import type { Meta, Task } from '../playbook/types.ts'
import type { Vars } from '../inventory/types.ts'
import { renderValue } from '../templates/render.ts'
import type { TemplateContext } from '../templates/scope.ts'
import { isTrue } from './play-conditions.ts'
import type { HostState } from './play-host-state.ts'
import type { UnitResult } from './play-result.ts'
import type { PlayState } from './play-types.ts'

/** What the host that did it tells the others. */
export interface OnceResult {
  readonly failed: boolean
  readonly registered: Vars
  readonly setFacts: Vars
  /** Of a `meta`: its condition holds. */
  readonly holds?: boolean
}

interface Turn {
  /** The host that does it. */
  owner?: string
  readonly result: Promise<OnceResult>
  readonly tell: (result: OnceResult) => void
}

/** Of a play: what is done once by each batch of hosts, and who does it. */
export class OnceBoard {
  readonly #turns = new Map<object, Map<string, Turn>>()
  #waiting: (() => void)[] = []

  /** `key` tells batches apart, and how often a host has come by. */
  turnOf(node: object, key: string): Turn {
    const turns = this.#turns.get(node) ?? new Map<string, Turn>()
    this.#turns.set(node, turns)
    const turn = turns.get(key) ?? newTurn()
    turns.set(key, turn)
    return turn
  }

  /** Until a host has taken its turn, failed, or come to its end. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function newTurn(): Turn {
  let tell: Turn['tell'] = () => undefined
  const result = new Promise<OnceResult>((resolve) => (tell = resolve))
  return { result, tell }
}

const nothing: OnceResult = { failed: false, registered: {}, setFacts: {} }

/** run_once, for one host: the first host of its batch that has not failed does the task, the others take its result over. */
export class OnceTasks {
  readonly #play: PlayState
  readonly #host: string
  readonly #mine = new Map<object, Turn>()
  /** An include in a loop brings the same task several times. */
  readonly #passes = new Map<object, number>()

  constructor(play: PlayState, host: string) {
    this.#play = play
    this.#host = host
  }

  /** undefined: this host does it. */
  async doneByAnother(node: Task | Meta): Promise<OnceResult | undefined> {
    if (this.#mine.has(node)) return undefined
    const { once } = this.#play
    const batch = this.#play.batches.get(this.#host) ?? 0
    const turn = once.turnOf(node, `${batch} ${this.#passes.get(node) ?? 0}`)
    while (turn.owner === undefined) {
      if (this.#isFirst(batch)) {
        turn.owner = this.#host
        this.#mine.set(node, turn)
        once.wake()
        return undefined
      }
      await once.change()
    }
    const result = await turn.result
    this.#pass(node)
    return result
  }

  /** A host that has failed leaves it to the others; with no others at work it takes its turn all the same. */
  #isFirst(batch: number): boolean {
    const { running, lost, batches } = this.#play
    for (const host of running)
      if ((batches.get(host) ?? 0) === batch && !lost.has(host)) return host === this.#host
    return true
  }

  #pass(node: object): void {
    this.#passes.set(node, (this.#passes.get(node) ?? 0) + 1)
  }

  tell(task: Task, result: UnitResult): void {
    const facts = result['ansible_facts']
    this.#tell(task, {
      failed: result.failed,
      registered: task.register === undefined ? {} : { [task.register]: result },
      setFacts: task.module === 'set_fact' && facts !== undefined ? (facts as OnceResult['setFacts']) : {},
    })
  }

  tellCondition(node: Meta, holds: boolean): void {
    this.#tell(node, { ...nothing, holds })
  }

  #tell(node: object, result: OnceResult): void {
    const turn = this.#mine.get(node)
    if (!turn) return
    this.#mine.delete(node)
    this.#pass(node)
    turn.tell(result)
  }

  /** A host that ends before its task is done must not keep the others waiting. */
  release(): void {
    for (const { tell } of this.#mine.values()) tell({ ...nothing, failed: true })
    this.#mine.clear()
  }
}

/** `run_once`, which may be a template. */
export function isOnce({ keywords, node }: Step, context: () => TemplateContext): boolean {
  const { runOnce } = keywords
  if (runOnce === undefined || typeof runOnce === 'boolean') return runOnce === true
  return isTrue(renderValue(runOnce, context(), node))
}

export function takeOver(state: HostState, result: OnceResult): OnceResult {
  for (const [name, value] of Object.entries(result.registered)) state.register(name, value)
  state.setVariables(result.setFacts)
  return result
}
