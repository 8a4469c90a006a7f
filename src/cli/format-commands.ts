import { environmentName } from './options.ts'
import { formatAbout, formatOptions, formatUsage } from './format-help.ts'
import { groupVerbs, optionSections, sharedSections } from './verb-groups.ts'
import type { Verb } from './verb.ts'

/** The page docs/commands.md: all verbs by topic, then the options that several of them share. */
export function formatCommands(verbs: readonly Verb[]): string {
  return [
    '# Commands',
    '',
    'Made from the tables of the verbs by `npm run docs`; do not edit it by hand.',
    `Every option is also read from the environment: \`--output\` from`,
    `\`${environmentName('output')}\`. \`kmesos VERB --help\` shows the same on the terminal.`,
    '',
    ...groupVerbs(verbs).flatMap((group) => [
      `## ${group.title}`,
      '',
      ...group.verbs.flatMap((verb) => verbSection(verb)),
    ]),
    '## Shared options',
    '',
    ...sharedSections.flatMap(({ title, options }) => [
      `### ${title}`,
      '',
      ...fenced(formatOptions(options)),
      '',
    ]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n')
}

function verbSection(verb: Verb): readonly string[] {
  const sections = optionSections(verb)
  const own = sections.filter((section) => !section.shared).flatMap((section) => section.options)
  const shared = sections.filter((section) => section.shared).map((section) => section.title)
  const links = shared.map((title) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`)
  return [
    `### kmesos ${verb.name}`,
    '',
    ...formatAbout(verb).map(escaped),
    '',
    ...fenced([formatUsage(verb), ...(own.length === 0 ? [] : ['', ...formatOptions(own)])]),
    '',
    ...fenced(verb.examples),
    '',
    ...(links.length === 0 ? [] : ['Also:', ...links.map((link) => `- ${link}`), '']),
  ]
}

/** `<time>` in plain text would be taken for markup. */
function escaped(line: string): string {
  return line.replaceAll('<', '\\<')
}

function fenced(lines: readonly string[]): readonly string[] {
  return ['```', ...lines, '```']
}
