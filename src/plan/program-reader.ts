import { readAnswers } from './answers.ts'
import { questionKey, type ProbeGroup } from './questions.ts'
import type { Answer } from './types.ts'

export interface StepOutput {
  readonly exitCode: number
  /** Without the last line's end, as a shell's $(…) gives it. */
  readonly stdout: string
  readonly stderr: string
}

/** A program of an earlier run that is still at work on the host. */
export interface Leftover {
  readonly pid: string
  /** Its process group: the commands that it runs belong to it. */
  readonly group: string
  /** Empty: it did not say. */
  readonly task: string
}

export interface ProgramListener {
  /** Nothing begins before the leftover has ended. */
  waiting?(leftover: Leftover): void
  stepStarted(step: number): void
  output(step: number, line: string, stream: 'stdout' | 'stderr'): void
  stepEnded(step: number, output: StepOutput): void
}

/** Reads a program's lines as they come. Lines outside of the protocol (a login banner, say) are dropped. */
export class ProgramReader {
  readonly answers = new Map<string, Answer>()
  /** The program reached its end; without it the connection was lost or the shell died. */
  done = false
  /** The step that was started and has not ended. */
  running: number | undefined
  /** What is waited for at this moment. */
  leftover: Leftover | undefined
  readonly #token: string
  readonly #probes: readonly ProbeGroup[]
  readonly #listener: ProgramListener
  #lines = { stdout: [] as string[], stderr: [] as string[] }
  #told: string[] | undefined

  constructor(token: string, probes: readonly ProbeGroup[], listener: ProgramListener) {
    this.#token = token
    this.#probes = probes
    this.#listener = listener
  }

  line(line: string): void {
    if (line.startsWith(`${this.#token} `)) this.#protocol(line.slice(this.#token.length + 1).split(' '))
    else if (this.#told) this.#told.push(line)
    else if (this.running !== undefined) this.#outputLine(this.running, line)
  }

  #outputLine(step: number, line: string): void {
    const stream = line.startsWith('2') ? 'stderr' : 'stdout'
    this.#lines[stream].push(line.slice(1))
    this.#listener.output(step, line.slice(1), stream)
  }

  #protocol(words: readonly string[]): void {
    const number = Number(words[1])
    switch (words[0]) {
      case 'wait':
        this.leftover = { pid: words[1] ?? '', group: words[2] ?? '', task: words.slice(3).join(' ') }
        return this.#listener.waiting?.(this.leftover)
      case 'waited':
        this.leftover = undefined
        return
      case 'start':
        this.running = number
        this.#lines = { stdout: [], stderr: [] }
        return this.#listener.stepStarted(number)
      case 'end':
        this.running = undefined
        return this.#listener.stepEnded(number, {
          exitCode: Number(words[2]),
          stdout: this.#lines.stdout.join('\n'),
          stderr: this.#lines.stderr.join('\n'),
        })
      case 'ask':
        this.#told = []
        return
      case 'told':
        return this.#answered(number, Number(words[2]))
      case 'done':
        this.done = true
        return
      default:
        // A word of a later version: nothing that this one waits for.
        return
    }
  }

  #answered(index: number, exitCode: number): void {
    const questions = this.#probes[index]?.questions ?? []
    // `echo` before the closing line ended a last line without an end, or made an empty line: join gives the exact text.
    const text = (this.#told ?? []).join('\n')
    this.#told = undefined
    for (const [place, answer] of readAnswers(questions, text, exitCode).entries()) {
      const question = questions[place]
      if (question) this.answers.set(questionKey(question), answer)
    }
  }
}
