import { environmentName, type OptionDefinition } from './options.ts'
import { groupVerbs, optionSections } from './verb-groups.ts'
import type { Verb } from './verb.ts'

const indent = '  '

/** Columns of the narrowest usual terminal. */
export const helpWidth = 80

/** `kmesos --help`. */
export function formatProgramHelp(verbs: readonly Verb[]): string {
  return [
    'kmesos: OpenStack on Mesos and Marathon',
    '',
    'Usage: kmesos VERB [options]',
    ...groupVerbs(verbs).flatMap((group) => ['', `${group.title}:`, ...summaries(group.verbs)]),
    ...columns([
      ['help [VERB]', 'Show this text, or that of a verb'],
      ['version', 'Show the version and the revision it was built from'],
    ]),
    '',
    'Example:',
    `${indent}kmesos ping all -i inventory/multinode`,
    '',
    'kmesos VERB --help shows arguments, options and examples.',
    '',
  ].join('\n')
}

/** `kmesos inventory`: the verbs below one word. */
export function formatGroupHelp(word: string, verbs: readonly Verb[]): string {
  const below = verbs.filter((verb) => verb.name.startsWith(`${word} `))
  return [
    `Usage: kmesos ${word} VERB [options]`,
    '',
    ...summaries(below),
    '',
    below.length === 1 ? 'Example:' : 'Examples:',
    ...below.flatMap((verb) => verb.examples.slice(0, 1)).map((example) => indent + example),
    '',
    `kmesos ${word} VERB --help shows arguments, options and examples.`,
    '',
  ].join('\n')
}

/** `kmesos deploy --help`. */
export function formatVerbHelp(verb: Verb): string {
  return [
    formatUsage(verb),
    '',
    ...formatAbout(verb),
    ...optionSections(verb).flatMap(({ title, options }) => ['', `${title}:`, ...formatOptions(options)]),
    '',
    verb.examples.length === 1 ? 'Example:' : 'Examples:',
    ...verb.examples.map((example) => indent + example),
    '',
    `Each option is also read from the environment, such as ${environmentName('output')}.`,
    '',
  ].join('\n')
}

export function formatUsage(verb: Verb): string {
  return `Usage: kmesos ${verb.name}${verb.arguments === '' ? '' : ` ${verb.arguments}`} [options]`
}

/** The verb's summary and, below it, what more there is to say. */
export function formatAbout(verb: Verb): readonly string[] {
  const about = verb.about === undefined ? [] : ['', ...wrap(verb.about, helpWidth)]
  return [...wrap(`${verb.summary}.`, helpWidth), ...about]
}

/** One row per option, its text beside it. */
export function formatOptions(options: readonly OptionDefinition[]): readonly string[] {
  return columns(options.map((option) => [optionWords(option), optionHelp(option)]))
}

function summaries(verbs: readonly Verb[]): readonly string[] {
  return columns(verbs.map((verb) => [verb.name, verb.summary]))
}

function optionWords(option: OptionDefinition): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `
  return `${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`
}

function optionHelp(option: OptionDefinition): string {
  const choices =
    option.choices === undefined || option.name === 'output' ? '' : `: ${option.choices.join(', ')}`
  return `${option.help}${choices}${option.repeatable && option.value !== undefined ? '; may be repeated' : ''}`
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length), 16)
  const below = ' '.repeat(indent.length + width + 2)
  return rows.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrap(text, helpWidth - below.length)
    return [`${indent}${name.padEnd(width)}  ${first}`.trimEnd(), ...rest.map((line) => below + line)]
  })
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length + 1 > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
