import { InternalError, UsageError } from '../kernel/errors.ts'

/** One option, as data: help, parsing and completion are made from it. */
export interface OptionDefinition {
  /** Without dashes: `limit` for --limit. */
  readonly name: string
  readonly short?: string
  /** What it takes, as help shows it: `FILE`. Absent: a switch. */
  readonly value?: string
  readonly repeatable?: boolean
  /** Several are given with commas in the variable of the environment. */
  readonly commas?: boolean
  /** The only values allowed. */
  readonly choices?: readonly string[]
  readonly number?: boolean
  readonly fallback?: string
  readonly help: string
}

/** Values of the options of one call: typed words first, then KMESOS_… of the environment, then the fallback. */
export class OptionValues {
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #definitions: ReadonlyMap<string, OptionDefinition>

  constructor(definitions: readonly OptionDefinition[], values: ReadonlyMap<string, readonly string[]>) {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]))
    this.#values = values
  }

  /** How often a switch was given: `-vv` is 2. */
  times(name: string): number {
    return (this.#values.get(name) ?? []).filter((value) => value === 'true').length
  }

  flag(name: string): boolean {
    return this.#last(name) === 'true'
  }

  text(name: string): string | undefined {
    return this.#last(name)
  }

  /** For options that have a fallback. */
  textOr(name: string, otherwise: string): string {
    return this.#last(name) ?? otherwise
  }

  list(name: string): readonly string[] {
    const fallback = this.#definition(name).fallback
    return this.#values.get(name) ?? (fallback === undefined ? [] : [fallback])
  }

  /** `--tags a,b --tags c` as a, b, c. */
  words(name: string): readonly string[] {
    return this.list(name).flatMap((text) => text.split(',').filter((word) => word !== ''))
  }

  number(name: string): number | undefined {
    const text = this.#last(name)
    return text === undefined ? undefined : Number(text)
  }

  /** Whether the verb has it, given or not. */
  has(name: string): boolean {
    return this.#definitions.has(name)
  }

  #last(name: string): string | undefined {
    return this.#values.get(name)?.at(-1) ?? this.#definition(name).fallback
  }

  #definition(name: string): OptionDefinition {
    const definition = this.#definitions.get(name)
    if (!definition) throw new InternalError(`this verb has no option --${name}`)
    return definition
  }
}

/** The variable of the environment that stands for an option: KMESOS_PRIVATE_KEY. */
export function environmentName(option: string): string {
  return `KMESOS_${option.toUpperCase().replaceAll('-', '_')}`
}

/** What is wrong with one value; undefined when nothing is. `label`: how the user gave it. */
export function valueFault(definition: OptionDefinition, value: string, label: string): string | undefined {
  if (definition.choices && !definition.choices.includes(value)) {
    return `${label} must be one of ${definition.choices.join(', ')}; got "${value}"`
  }
  if (definition.number && !/^\d+$/.test(value)) return `${label} must be a whole number; got "${value}"`
  return undefined
}

export function usageFault(message: string, verb?: string): UsageError {
  const help = verb === undefined ? 'kmesos --help' : `kmesos ${verb} --help`
  return new UsageError(message, { hint: `see ${help}` })
}
