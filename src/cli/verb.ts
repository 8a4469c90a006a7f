import type { OptionDefinition, OptionValues } from './options.ts'
import type { Clients } from './wire.ts'

/** One verb of the command line, as data. The files that do its work are imported only when it runs. */
export interface Verb {
  /** The words typed: `deploy`, `inventory list`. */
  readonly name: string
  readonly summary: string
  /** As shown in the usage line; `<needed>`, `[optional]`, `...` for several. */
  readonly arguments: string
  readonly options: readonly OptionDefinition[]
  /** Whole commands that work as they stand. */
  readonly examples: readonly string[]
  /** A paragraph for --help. */
  readonly about?: string
  /**
   * lines: results come at once and are read as lines, also on a terminal.
   * run: phases, plays, a recap; a tree on a terminal; leaves a journal.
   * quiet: reads and prints; no journal.
   */
  readonly screen: 'lines' | 'run' | 'quiet'
  readonly run: (request: Request, clients: Clients) => Promise<VerbResult | void>
}

/** What was typed, checked against the verb's definition. */
export interface Request {
  /** The arguments after the verb. */
  readonly words: readonly string[]
  /** What stands after `--`. */
  readonly rest: readonly string[]
  readonly options: OptionValues
}

export interface VerbResult {
  /** True when something was changed, or would be (--check). */
  readonly changed: boolean
}
