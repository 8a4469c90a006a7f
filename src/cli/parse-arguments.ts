import { cac, type Command } from 'cac'
import { unknownWord } from '../kernel/nearest.ts'
import { environmentName, OptionValues, usageFault, valueFault, type OptionDefinition } from './options.ts'
import type { Request, Verb } from './verb.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export type Parsed =
  | { readonly kind: 'help'; readonly verb?: Verb; readonly under?: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly verb: Verb; readonly request: Request }

/** What the program itself answers, without a verb. */
export const wordsOfItsOwn: readonly string[] = ['help', 'version']

interface Words {
  readonly words: readonly string[]
  readonly rest: readonly string[]
  readonly given: Readonly<Record<string, unknown>>
}

/** Reads the words after the program's name. Throws UsageError with the nearest known word and the way to help. */
export function parseArguments(
  argv: readonly string[],
  verbs: readonly Verb[],
  environment: Environment,
): Parsed {
  if (argv[0] === '--version' || argv[0] === 'version') return { kind: 'version' }
  const { words, rest, given } = readWords(argv, verbs)
  const typed = words[0] === 'help' ? words.slice(1) : words
  const wantsHelp = given.help === true || words[0] === 'help'
  if (typed.length === 0 || (wantsHelp && wordsOfItsOwn.includes(typed[0] ?? ''))) return { kind: 'help' }
  const verb = findVerb(typed, verbs)
  if (!verb) return helpUnder(typed, verbs, wantsHelp)
  if (wantsHelp) return { kind: 'help', verb }
  const after = typed.slice(verb.name.split(' ').length)
  const options = optionValues(given, verb, environment)
  checkWords(after, rest, verb)
  return { kind: 'run', verb, request: { words: after, rest, options } }
}

/** All verbs with the same first word are one command to cac; which of them is meant, and what it takes, is decided after. */
function readWords(argv: readonly string[], verbs: readonly Verb[]): Words {
  const program = cac('kmesos')
  const commands = new Map<string, Command>()
  for (const verb of verbs) {
    const name = firstWord(verb.name)
    const command = commands.get(name) ?? program.command(`${name} [...words]`, verb.summary)
    commands.set(name, command)
    for (const option of verb.options) declare(option, command)
  }
  const none = program.command('[...words]', '')
  for (const option of verbs.flatMap((verb) => verb.options)) declare(option, none)
  const plain = expandLetters(argv, verbs).map(protectNumber)
  const parsed = program.parse(['node', 'kmesos', ...plain], { run: false })
  const { '--': rest, ...given } = parsed.options
  const name = program.matchedCommandName
  const words = name === undefined ? parsed.args : [name, ...parsed.args]
  return { words: words.map(bare), rest: (rest as readonly string[]).map(bare), given }
}

function declare(option: OptionDefinition, command: Command): void {
  if (command.hasOption(option.name) || option.name.startsWith('no-')) return
  command.option(`--${option.name}${option.value === undefined ? '' : ` <${option.value}>`}`, option.help)
}

/** `-i x`, `-ix`, `-i=x` and `-vC` in long form: cac mixes up what is given under both names of one option. */
function expandLetters(argv: readonly string[], verbs: readonly Verb[]): readonly string[] {
  const options = verbs.flatMap((verb) => verb.options)
  const byLetter = new Map(options.map((option) => [option.short ?? '', option]))
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  return [...argv.slice(0, end).flatMap((word) => expandWord(word, byLetter)), ...argv.slice(end)]
}

function expandWord(word: string, byLetter: ReadonlyMap<string, OptionDefinition>): readonly string[] {
  const option = /^-[A-Za-z]/.test(word) ? byLetter.get(word.charAt(1)) : undefined
  if (!option) return [word]
  const rest = word.slice(2)
  if (rest === '') return [`--${option.name}`]
  if (option.value !== undefined) return [`--${option.name}=${rest.replace(/^=/, '')}`]
  return [`--${option.name}`, ...expandWord(`-${rest}`, byLetter)]
}

/** cac turns `007` into 7 and `1e3` into 1000; a mark that is taken off again keeps the text as it was typed. */
const mark = '\u0000'

function protectNumber(word: string): string {
  const value = /^--?[A-Za-z][\w-]*=(.*)$/s.exec(word)?.[1] ?? (word.startsWith('-') ? '' : word)
  return value !== '' && !Number.isNaN(Number(value)) ? `${word}${mark}` : word
}

function bare(text: string): string {
  return text.replaceAll(mark, '')
}

function findVerb(words: readonly string[], verbs: readonly Verb[]): Verb | undefined {
  return verbs.find((verb) => verb.name.split(' ').every((word, index) => words[index] === word))
}

function helpUnder(words: readonly string[], verbs: readonly Verb[], wantsHelp: boolean): Parsed {
  const [first = '', second] = words
  const below = verbs.filter((verb) => firstWord(verb.name) === first && verb.name !== first)
  if (below.length === 0) {
    const known = [...new Set([...verbs.map((verb) => firstWord(verb.name)), ...wordsOfItsOwn])]
    throw usageFault(unknownWord('verb', first, known))
  }
  if (wantsHelp || second === undefined) return { kind: 'help', under: first }
  const known = below.map((verb) => verb.name.slice(first.length + 1))
  throw usageFault(`kmesos ${first}: ${unknownWord('verb', second, known)}`)
}

function optionValues(given: Words['given'], verb: Verb, environment: Environment): OptionValues {
  const values = new Map<string, readonly string[]>()
  const faults: string[] = []
  const known = new Map(verb.options.map((option) => [camelCase(option.name), option]))
  for (const [name, value] of Object.entries(given)) {
    // cac reads --no-color as color=false.
    const option = known.get(name) ?? (value === false ? known.get(camelCase(`no-${name}`)) : undefined)
    if (option && value === false) values.set(option.name, ['true'])
    else if (option) take(option, textsOf(value), { values, faults, label: `--${option.name}` })
    else faults.push(unknownOption(name, verb))
  }
  for (const option of verb.options) {
    const name = environmentName(option.name)
    const text = environment[name]
    if (text === undefined || text === '' || values.has(option.name)) continue
    take(option, textsOfEnvironment(option, text), { values, faults, label: name })
  }
  if (faults.length > 0) throw usageFault(faults.join('; '), verb.name)
  return new OptionValues(verb.options, values)
}

/** `a,b` are two inventories; `a,` is a list of one host, as Ansible reads it. */
function textsOfEnvironment(option: OptionDefinition, text: string): readonly string[] {
  return option.commas === true && !text.endsWith(',') ? text.split(',') : [text]
}

interface Taking {
  readonly values: Map<string, readonly string[]>
  readonly faults: string[]
  readonly label: string
}

function take(option: OptionDefinition, texts: readonly string[], { values, faults, label }: Taking): void {
  if (option.value === undefined) {
    values.set(
      option.name,
      texts.flatMap((text) => switchValues(option, text)),
    )
    return
  }
  if (texts.includes('true') && !option.choices?.includes('true')) faults.push(`${label} needs a value`)
  faults.push(...texts.map((text) => valueFault(option, text, label)).filter((fault) => fault !== undefined))
  values.set(option.name, texts)
}

/** A variable of the environment may give a number for a switch that is repeated: KMESOS_VERBOSE=2. */
function switchValues(option: OptionDefinition, text: string): readonly string[] {
  const times = option.repeatable && /^[1-9]$/.test(text) ? Number(text) : 1
  return Array.from({ length: times }, () => String(/^(?:true|yes|on|[1-9])$/i.test(text)))
}

/** As cac names `ask-pass`. */
function camelCase(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function unknownOption(name: string, verb: Verb): string {
  const dashed = name.length === 1 ? name : name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const known = verb.options.map((option) => `--${option.name}`)
  return unknownWord('option', dashed.length === 1 ? `-${dashed}` : `--${dashed}`, known)
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((item) => bare(String(item)))
}

function checkWords(words: readonly string[], rest: readonly string[], verb: Verb): void {
  const shape = verb.arguments.split(' ').filter((word) => /^[<[]/.test(word))
  const needed = shape.filter((word) => word.startsWith('<'))
  const several = verb.arguments.includes('...')
  if (words.length < needed.length) {
    throw usageFault(`kmesos ${verb.name} needs ${needed.slice(words.length).join(' ')}`, verb.name)
  }
  if (!several && words.length > shape.length) {
    throw usageFault(`kmesos ${verb.name} does not take "${words.slice(shape.length).join(' ')}"`, verb.name)
  }
  if (rest.length > 0 && !verb.arguments.includes('--')) {
    throw usageFault(`kmesos ${verb.name} takes nothing after --`, verb.name)
  }
}

function firstWord(name: string): string {
  return name.split(' ')[0] ?? name
}
