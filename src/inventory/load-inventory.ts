import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { finishInventory } from './finish-inventory.ts'
import { addHost, newDraft, type InventoryDraft } from './inventory-draft.ts'
import { loadVarsFiles } from './load-vars-files.ts'
import { expandHostPattern } from './host-range.ts'
import { parseIni } from './parse-ini.ts'
import { parseYaml } from './parse-yaml.ts'
import type { Inventory, Vars } from './types.ts'

export interface LoadInventoryOptions {
  /** The folder of the playbook: its group_vars/ and host_vars/ count too. */
  readonly playbookDir?: string
  /** Of -e: stronger than everything. */
  readonly extraVars?: Vars
  /** Called once for each thing that is odd but no fault. */
  readonly onWarning?: (text: string) => void
}

/**
 * Reads and merges inventories: files (INI, YAML, JSON), folders of them, and lists of hosts (`h1,h2,`), in the order given.
 * Throws ConfigError with all faults of all sources at once.
 */
export async function loadInventory(
  sources: readonly string[],
  options: LoadInventoryOptions = {},
): Promise<Inventory> {
  const draft = newDraft()
  for (const source of sources) await readSource(source, draft)
  const folders = await Promise.all(sources.map(folderOf))
  const inventoryVars = await loadVarsFiles(
    folders.filter((folder) => folder !== undefined),
    draft,
  )
  const playbookVars = await loadVarsFiles(
    options.playbookDir === undefined ? [] : [options.playbookDir],
    draft,
  )
  throwProblems(draft.problems, sources)
  const extraVars = options.extraVars ?? {}
  const inventory = finishInventory(draft, { sources, inventoryVars, playbookVars, extraVars })
  throwProblems(draft.problems, sources)
  for (const warning of draft.warnings) options.onWarning?.(warning)
  return inventory
}

function throwProblems(problems: readonly Problem[], sources: readonly string[]): void {
  if (problems.length === 0) return
  throw new ConfigError(
    `inventory ${sources.join(', ')} has ${countOf(problems.length, 'problem')}:`,
    problems,
  )
}

async function readSource(source: string, draft: InventoryDraft): Promise<void> {
  const kind = await kindOf(source)
  if (kind === 'folder') await readFolder(source, draft)
  else if (kind === 'file') await readInventoryFile(source, draft)
  else if (source.includes(',')) readList(source, draft)
  else
    draft.problems.push({
      where: source,
      message: 'there is no such inventory file or folder; a list of hosts needs a comma: "host,"',
    })
}

async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    return undefined
  }
}

async function folderOf(source: string): Promise<string | undefined> {
  const kind = await kindOf(source)
  if (kind === undefined) return undefined
  return kind === 'folder' ? resolve(source) : dirname(resolve(source))
}

/** Names in a folder of inventories that are none. Source: Ansible's INVENTORY_IGNORE_EXTS and IGNORED_ALWAYS. */
const ignoredNames =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$/

async function readFolder(folder: string, draft: InventoryDraft): Promise<void> {
  // Python sorts by code points.
  const names = (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1))
  for (const name of names) if (!ignoredNames.test(name)) await readSource(join(folder, name), draft)
}

async function readInventoryFile(file: string, draft: InventoryDraft): Promise<void> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    draft.problems.push({ where: file, message: `cannot be read: ${messageOf(error)}` })
    return
  }
  if (text.startsWith('#!')) {
    const message =
      'is a script; inventory scripts are not run: write its output to a file ending in .json or .yml'
    draft.problems.push({ where: file, message })
  } else if (isYaml(file, text)) {
    parseYaml(text, file, draft)
  } else {
    parseIni(text, file, draft)
  }
}

/** By the ending; without one by the looks: a first line `---` or `name:` is YAML, anything else INI (as Ansible tries YAML first). */
function isYaml(file: string, text: string): boolean {
  if (['.yml', '.yaml', '.json'].includes(extname(basename(file)))) return true
  if (extname(basename(file)) !== '') return false
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.trim().startsWith('#')) ?? ''
  return /^(?:---|\{|[\w"'-]+:\s*(?:#.*)?$)/.test(first)
}

function readList(source: string, draft: InventoryDraft): void {
  for (const entry of source.split(',')) {
    const name = entry.trim()
    if (name === '') continue
    const hosts = expandHostPattern(name)
    if ('fault' in hosts) draft.problems.push({ where: `list "${source}"`, message: hosts.fault })
    else for (const host of hosts.names) addHost(draft, host, 'ungrouped', hosts.port)
  }
}
