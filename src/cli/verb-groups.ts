import type { OptionDefinition } from './options.ts'
import {
  connectionOptions,
  deploymentOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
  planOptions,
  tagOptions,
} from './shared-options.ts'
import type { Verb } from './verb.ts'

export interface VerbGroup {
  readonly title: string
  readonly verbs: readonly Verb[]
}

/** First words of verbs, under what `kmesos --help` and docs/commands.md show them. */
const topics: Readonly<Record<string, readonly string[]>> = {
  'Hosts and inventories': ['ping', 'exec', 'facts', 'inventory', 'hostkeys'],
  'The cluster, and playbooks of your own': ['check', 'images', 'bootstrap', 'play'],
  Services: ['password', 'deploy', 'status', 'why', 'logs', 'graph', 'destroy'],
  'This machine': ['engine', 'runs', 'completion'],
}

/** All verbs by topic; one that no topic names stands under the last. */
export function groupVerbs(verbs: readonly Verb[]): readonly VerbGroup[] {
  const titles = Object.keys(topics)
  const titleOf = (verb: Verb): string | undefined =>
    titles.find((title) => topics[title]?.includes(firstWord(verb))) ?? titles.at(-1)
  return titles
    .map((title) => ({ title, verbs: verbs.filter((verb) => titleOf(verb) === title) }))
    .filter((group) => group.verbs.length > 0)
}

export interface OptionSection {
  readonly title: string
  /** True where other verbs have the same options. */
  readonly shared: boolean
  readonly options: readonly OptionDefinition[]
}

/** Options that several verbs share, under the titles by which help shows them. */
export const sharedSections: readonly OptionSection[] = [
  { title: 'Inventory options', shared: true, options: [...inventoryOptions, ...limitOptions] },
  { title: 'Deployment options', shared: true, options: deploymentOptions },
  { title: 'Plan options', shared: true, options: [...planOptions, ...tagOptions] },
  { title: 'Connection options', shared: true, options: connectionOptions },
  { title: 'Output options', shared: true, options: outputOptions },
]

/** A verb's own options first, then those that it shares. */
export function optionSections(verb: Verb): readonly OptionSection[] {
  const isShared = (option: OptionDefinition): boolean =>
    sharedSections.some(({ options }) => options.includes(option))
  const own = verb.options.filter((option) => !isShared(option))
  return [
    { title: 'Options', shared: false, options: own },
    ...sharedSections.map((section) => ({
      ...section,
      options: section.options.filter((option) => verb.options.includes(option)),
    })),
  ].filter((section) => section.options.length > 0)
}

function firstWord(verb: Verb): string {
  return verb.name.split(' ')[0] ?? verb.name
}
