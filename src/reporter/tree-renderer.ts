import type { ListrRendererFactory } from 'listr2'
import type { Paint } from './paint.ts'
import type { TerminalFrame } from './terminal-frame.ts'

/** What a listr2 renderer is given of its tasks. */
interface DrawnTask {
  isSkipped(): boolean
  hasFailed(): boolean
}

/** Often enough to look alive; what it costs does not depend on the number of hosts. */
const redrawMs = 250

interface Look {
  readonly frame: TerminalFrame
  readonly unicode: boolean
  readonly paint: Paint
}

/**
 * Draws one listr2 task at a time: its icon and, behind and below it, lines that are made anew for each drawing. listr2's own
 * renderer writes all lines ten times a second, loses count of them when the terminal becomes narrower, and holds back what
 * others write to standard error.
 */
export class TreeRenderer {
  text: () => readonly string[] = () => []
  readonly #look: Look
  #task: DrawnTask | undefined
  #ended = false
  #timer: NodeJS.Timeout | undefined
  #paused = false
  #turn = 0

  constructor(look: Look) {
    this.#look = look
  }

  /** The class that listr2 makes for each list. */
  get renderer(): ListrRendererFactory {
    const start = (task: DrawnTask | undefined): void => this.#start(task)
    const end = (): void => this.#end()
    return class {
      static rendererOptions = {}
      static rendererTaskOptions = {}
      static nonTTY = true
      readonly render: () => void
      readonly end = end

      constructor(tasks: readonly DrawnTask[]) {
        this.render = () => start(tasks[0])
      }
    }
  }

  redraw(): void {
    if (this.#timer && !this.#paused) this.#look.frame.draw(this.#lines())
  }

  pause(): void {
    this.#paused = true
    if (this.#timer) this.#look.frame.clear()
  }

  resume(): void {
    this.#paused = false
    this.redraw()
  }

  #start(task: DrawnTask | undefined): void {
    this.#task = task
    this.#ended = false
    this.#timer = setInterval(() => {
      this.#turn++
      this.redraw()
    }, redrawMs)
    this.redraw()
  }

  #end(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#ended = true
    this.#look.frame.finish(this.#lines())
  }

  #icon(): string {
    const { unicode, paint } = this.#look
    if (!this.#ended) {
      const turns = unicode ? spinner : plainSpinner
      return paint.cyan(turns[this.#turn % turns.length] ?? '')
    }
    if (this.#task?.hasFailed()) return paint.red(unicode ? '✖' : 'x')
    if (this.#task?.isSkipped()) return paint.dim(unicode ? '↓' : '-')
    return paint.green(unicode ? '✔' : '+')
  }

  #lines(): readonly string[] {
    const [head = '', ...rest] = this.text()
    return [`${this.#icon()} ${head}`, ...rest.map((line) => `  ${line}`)]
  }
}

const spinner = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏']
const plainSpinner = [...'-\\|/']
