import { environmentName, type OptionDefinition } from './options.ts'
import type { Verb } from './verb.ts'

const indent = '  '

/** `kmesos --help`. */
export function formatProgramHelp(verbs: readonly Verb[]): string {
  return [
    'kmesos: OpenStack on Mesos and Marathon',
    '',
    'Usage: kmesos VERB [options]',
    '',
    ...columns(verbs.map((verb) => [verb.name, verb.summary])),
    ...columns([['version', 'Show the version']]),
    '',
    'kmesos VERB --help shows arguments, options and an example.',
    '',
  ].join('\n')
}

/** `kmesos inventory`: the verbs below one word. */
export function formatGroupHelp(word: string, verbs: readonly Verb[]): string {
  const below = verbs.filter((verb) => verb.name.startsWith(`${word} `))
  return [
    `Usage: kmesos ${word} VERB`,
    '',
    ...columns(below.map((verb) => [verb.name, verb.summary])),
    '',
  ].join('\n')
}

/** `kmesos deploy --help`. */
export function formatVerbHelp(verb: Verb): string {
  const about = verb.about === undefined ? [] : ['', ...wrap(verb.about, 100)]
  const usage = `Usage: kmesos ${verb.name}${verb.arguments === '' ? '' : ` ${verb.arguments}`} [options]`
  return [
    usage,
    '',
    `${verb.summary}.`,
    ...about,
    '',
    'Options (each also as a variable of the environment, such as ' + `${environmentName('output')}):`,
    ...columns(verb.options.map((option) => [optionWords(option), optionHelp(option)])),
    '',
    verb.examples.length === 1 ? 'Example:' : 'Examples:',
    ...verb.examples.map((example) => indent + example),
    '',
  ].join('\n')
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
  return rows.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`.trimEnd())
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
