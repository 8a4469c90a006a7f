import { plainWidth } from './kept-lines.ts'

export interface FrameTerminal {
  readonly write: (text: string) => unknown
  readonly columns: () => number
  readonly rows: () => number
}

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const clearBelow = '\u001b[J'
const clearLine = '\u001b[K'

/**
 * Lines at the bottom of a terminal that are drawn again in place: only those that differ are written, in one write, so that
 * nothing flickers. The cursor rests below the last line, at whose place a Ctrl-C leaves its `^C`, which the next drawing wipes.
 */
export class TerminalFrame {
  readonly #terminal: FrameTerminal
  #lines: readonly string[] = []
  #size = ''
  #hidden = false

  constructor(terminal: FrameTerminal) {
    this.#terminal = terminal
  }

  /** Each line must fit into the terminal's width, all of them into less than its height. */
  draw(lines: readonly string[]): void {
    const columns = this.#terminal.columns()
    const size = `${columns}x${this.#terminal.rows()}`
    const same = size === this.#size
    const before = same ? this.#lines : []
    const changed = lines.findIndex((line, index) => line !== before[index])
    if (same && changed < 0 && lines.length === before.length) return
    const text = this.#toTop(columns) + (same ? '' : clearBelow) + rewritten(lines, before)
    this.#terminal.write((this.#hidden ? '' : hideCursor) + text + clearBelow)
    this.#hidden = true
    this.#lines = lines
    this.#size = size
  }

  /** Takes the lines away and gives the cursor back; what is written then stands in their place. */
  clear(): void {
    if (this.#lines.length > 0) this.#terminal.write(this.#toTop(this.#terminal.columns()) + clearBelow)
    this.release()
    this.#lines = []
  }

  /** Puts lines that stay in the place of those that move. */
  finish(lines: readonly string[]): void {
    const top = this.#lines.length > 0 ? this.#toTop(this.#terminal.columns()) + clearBelow : ''
    this.#terminal.write(top + lines.map((line) => `${line}\n`).join(''))
    this.#lines = []
    this.release()
  }

  /** Shows the cursor again: at the end, and whatever ends the process. */
  release(): void {
    if (this.#hidden) this.#terminal.write(showCursor)
    this.#hidden = false
  }

  /** What stands on the screen is not known any more (the process was stopped and goes on). */
  forget(): void {
    this.#lines = []
    this.#size = ''
  }

  /** A terminal that became narrower has broken our lines in two: there are more of them above the cursor than were written. */
  #toTop(columns: number): string {
    const rows = this.#lines.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(plainWidth(line) / Math.max(1, columns))),
      0,
    )
    return rows === 0 ? '\r' : `\r\u001b[${rows}A`
  }
}

/** Goes down line by line; one that is as before is passed over. */
function rewritten(lines: readonly string[], before: readonly string[]): string {
  return lines.map((line, index) => (line === before[index] ? '\n' : `${line}${clearLine}\n`)).join('')
}
