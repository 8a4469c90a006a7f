import { basename, dirname, join, resolve } from 'node:path'
import { globToRegExp } from '../inventory/glob.ts'
import { unknownWord } from '../kernel/nearest.ts'
import { sources } from './loop-items.ts'
import { renderText } from '../templates/render.ts'
import { holds, namesIn, type TemplateContext } from '../templates/scope.ts'

/** What lookups may look at: files of the operator's machine and its environment. */
export interface LookupPlaces {
  /** Folders in which a relative name is looked for, the nearest first. */
  readonly folders: readonly string[]
  readonly read: (file: string) => string
  readonly exists: (file: string) => boolean
  readonly list: (folder: string) => readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

type Options = Readonly<Record<string, unknown>>
type Lookup = (
  terms: readonly unknown[],
  options: Options,
  around: { readonly places: LookupPlaces; readonly context: TemplateContext },
) => readonly unknown[]

const lookups: Readonly<Record<string, Lookup>> = {
  file: (terms, _options, { places }) =>
    terms.map((term) => places.read(found(String(term), 'files', places)).replace(/\n+$/, '')),
  template: (terms, _options, { places, context }) =>
    terms.map((term) => {
      const file = found(String(term), 'templates', places)
      return renderText(places.read(file), context, { file })
    }),
  env: (terms, options, { places }) =>
    terms.map((term) => places.environment[String(term)] ?? options['default'] ?? ''),
  vars: (terms, options, { context }) =>
    terms.map((term) => {
      const name = String(term)
      if (holds(context, name)) return context[name]
      if ('default' in options) return options['default']
      throw new Error(`variable "${name}" is undefined`)
    }),
  fileglob: (terms, _options, { places }) => terms.flatMap((term) => globbed(String(term), places)),
  first_found: (terms, options, { places }) => firstFound(terms, options, places),
  dict: (terms) =>
    terms.flatMap((term) => Object.entries(term as Options).map(([key, value]) => ({ key, value }))),
  items: (terms) => terms.flat(1),
  ...likeLoops('list', 'indexed_items', 'nested', 'together', 'sequence', 'random_choice'),
  subelements: (terms, options) =>
    sources.subelements([...terms, ...(Object.keys(options).length > 0 ? [options] : [])], noPlace),
  varnames: (terms, _options, { context }) =>
    namesIn(context).filter((name) => terms.some((term) => new RegExp(String(term)).test(name))),
}

/** Lookups that give what `with_NAME` goes through. */
function likeLoops(...names: readonly (keyof typeof sources)[]): Readonly<Record<string, Lookup>> {
  return Object.fromEntries(
    names.map((name) => [name, (terms: readonly unknown[]) => sources[name](terms, noPlace)]),
  )
}

/** The place of the expression is added to what they throw. */
const noPlace = { file: 'lookup', line: 1 }

const refused: Readonly<Record<string, string>> = {
  pipe: 'run the command in a task with delegate_to: localhost, and register it',
  password: 'let kmesos password init make passwords, or give them with -e @FILE',
  url: 'use the module uri with delegate_to: localhost, and register it',
  ini: "split what lookup('file', NAME) gives, or keep the values in a YAML file of variables",
  csvfile: "split what lookup('file', NAME) gives: its text.split('\\n') are the lines",
  config: 'settings of Ansible have no meaning here',
  unvault: 'vars_files, include_vars and inventories open encrypted files by themselves',
  inventory_hostnames: 'write groups.NAME, a list of names',
  lines: 'run the command in a task with delegate_to: localhost, and register its stdout_lines',
}

/** A list with one value for each term. */
export function query(
  kind: string,
  given: readonly unknown[],
  around: { readonly places: LookupPlaces; readonly context: TemplateContext },
): readonly unknown[] {
  const name = kind.replace(/^ansible\.builtin\./, '')
  const lookup = lookups[name]
  if (!lookup) {
    const way = refused[name]
    throw new Error(
      way === undefined
        ? unknownWord('lookup', kind, Object.keys(lookups))
        : `lookup "${kind}" is not taken: ${way}`,
    )
  }
  const last = given.at(-1)
  const isOptions = given.length > 1 && last !== null && typeof last === 'object' && !Array.isArray(last)
  return lookup(isOptions ? given.slice(0, -1) : given, isOptions ? (last as Options) : {}, around)
}

/** Ansible's lookup: one value as it is, several as one text with commas. */
export function lookupOne(...request: Parameters<typeof query>): unknown {
  const values = query(...request)
  return values.length === 1 ? values[0] : values.map(String).join(',')
}

function candidates(name: string, folder: string, { folders }: LookupPlaces): readonly string[] {
  if (name.startsWith('/')) return [name]
  return folders.flatMap((each) => [join(each, folder, name), join(each, name)])
}

function found(name: string, folder: string, places: LookupPlaces): string {
  const all = candidates(name, folder, places)
  const file = all.find((each) => places.exists(each))
  if (file !== undefined) return file
  throw new Error(`cannot find ${name}; looked at ${all.join(', ')}`)
}

function globbed(pattern: string, places: LookupPlaces): readonly string[] {
  const matches = globToRegExp(basename(pattern))
  for (const folder of candidates(dirname(pattern), 'files', places)) {
    const names = places.list(folder).filter((name) => matches.test(name) && !name.startsWith('.'))
    if (names.length > 0) return names.map((name) => resolve(folder, name)).sort()
  }
  return []
}

function firstFound(terms: readonly unknown[], options: Options, places: LookupPlaces): readonly unknown[] {
  const maps = terms.filter(
    (term): term is Options => typeof term === 'object' && term !== null && !Array.isArray(term),
  )
  const all: Options = Object.assign({}, ...maps, options) as Options
  const files = [
    ...terms.flat().filter((term) => typeof term === 'string'),
    ...[all['files'] ?? []].flat(),
  ].map(String)
  const paths = [all['paths'] ?? []].flat().map(String)
  const names = paths.length === 0 ? files : paths.flatMap((path) => files.map((file) => join(path, file)))
  for (const name of names) {
    const file = [...candidates(name, 'files', places), ...candidates(name, 'vars', places)].find((each) =>
      places.exists(each),
    )
    if (file !== undefined) return [file]
  }
  if (all['skip'] === true) return []
  throw new Error(`none of these files is there: ${names.join(', ')}`)
}
