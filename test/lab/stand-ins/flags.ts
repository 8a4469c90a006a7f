import { readFileSync } from 'node:fs'
import { UsageError } from '../../../src/kernel/errors.ts'

export type Flags = Readonly<Record<string, string>>
type Environment = Readonly<Record<string, string | undefined>>

/**
 * Mesos' rules: `--flag=value` (never two words), `--flag`, `--no-flag`, `MESOS_FLAG`; words beat the environment; unknown
 * words stop the program, unknown variables do not; a value may be `file:///path`.
 */
export function mesosFlags(known: readonly string[], argv: readonly string[], env: Environment): Flags {
  const flags: Record<string, string> = {}
  for (const name of known) {
    const value = env[`MESOS_${name.toUpperCase()}`]
    if (value !== undefined) flags[name] = value
  }
  for (const word of argv) {
    const found = /^--(no-)?([a-z0-9_]+)(?:=([\s\S]*))?$/.exec(word)
    if (!found) throw new UsageError(`Failed to parse "${word}": expected --flag=value`)
    const [, no, name = '', value] = found
    if (!known.includes(name)) throw new UsageError(`Failed to load unknown flag '${no ?? ''}${name}'`)
    flags[name] = value ?? (no === undefined ? 'true' : 'false')
  }
  return Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, fromFile(value)]))
}

function fromFile(value: string): string {
  return value.startsWith('file://') ? readFileSync(value.slice('file://'.length), 'utf8').trim() : value
}

/**
 * Marathon's rules: flag and value are two words, switches have none; `MARATHON_FLAG` is the same as the flag, and an
 * unknown one is as wrong; a flag given both ways too. MARATHON_APP_* come from tasks and are skipped.
 */
export function marathonFlags(known: MarathonWords, argv: readonly string[], env: Environment): Flags {
  const words = [...argv]
  const flags: Record<string, string> = {}
  const take = (name: string, value: string): void => {
    if (name in flags) throw new UsageError(`Option '${name}' was given twice`)
    flags[name] = value
  }
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const name = word.replace(/^--/, '')
    if (!word.startsWith('--')) throw new UsageError(`Excess arguments provided: '${word}'`)
    if (known.switches.includes(name)) take(name, '')
    else if (known.values.includes(name)) take(name, valueAfter(name, words))
    else throw new UsageError(`Unknown option '${name}'`)
  }
  for (const [variable, value = ''] of Object.entries(env)) {
    if (!variable.startsWith('MARATHON_') || variable.startsWith('MARATHON_APP_')) continue
    const name = variable.slice('MARATHON_'.length).toLowerCase()
    if (!known.values.includes(name) && !known.switches.includes(name))
      throw new UsageError(`Unknown option '${name}'`)
    take(name, value)
  }
  return flags
}

export interface MarathonWords {
  readonly values: readonly string[]
  readonly switches: readonly string[]
}

function valueAfter(name: string, words: string[]): string {
  const value = words.shift()
  if (value === undefined || value.startsWith('--'))
    throw new UsageError(`You should provide parameter for '${name}'`)
  return value
}

/** `15secs`, `5mins`, `1hrs` in milliseconds. */
export function durationMs(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|secs|mins|hrs|days|weeks)$/.exec(text)
  const units = { ms: 1, secs: 1000, mins: 60_000, hrs: 3_600_000, days: 86_400_000, weeks: 604_800_000 }
  if (!found) throw new UsageError(`"${text}" is not a duration like 15secs`)
  return Number(found[1]) * units[found[2] as keyof typeof units]
}

export function needed(flags: Flags, name: string): string {
  const value = flags[name]
  if (value === undefined || value === '')
    throw new UsageError(`Flag '${name}' is required, but it was not provided`)
  return value
}
