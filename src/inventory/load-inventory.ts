import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import type { Secret } from '../kernel/secret.ts'
import { countOf, type Problem } from '../kernel/problems.ts'
import { isVaultText } from '../vault/envelope.ts'
import { vaultOpener, type VaultOpener } from '../vault/opener.ts'
import { finishInventory } from './finish-inventory.ts'
import { expandHostPattern } from './host-range.ts'
import { addHost, newDraft, type InventoryDraft } from './inventory-draft.ts'
import { loadText } from './load-text.ts'
import { loadVarsFiles } from './load-vars-files.ts'
import { parseSource } from './parse-source.ts'
import { secretsIn } from './seal-whole.ts'
import { sharedAddresses } from './shared-addresses.ts'
import type { Inventory, Vars } from './types.ts'

export interface LoadInventoryOptions {
  /** The folder of the playbook: its group_vars/ and host_vars/ count too. */
  readonly playbookDir?: string
  /** Of -e: stronger than everything. */
  readonly extraVars?: Vars
  /** Opens what is encrypted with Ansible Vault. */
  readonly vault?: VaultOpener
  /** Leaves inline `!vault` values closed until they are looked at, as for printing them. */
  readonly keepSealed?: boolean
  /** Called once for each likely slip that is no fault. */
  readonly onWarning?: (text: string) => void
  /** Called once for each thing that is odd and may well be meant. */
  readonly onNote?: (text: string) => void
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
  const vault = options.vault ?? vaultOpener([])
  for (const source of sources) await readSource(source, draft, vault)
  const folders = (await Promise.all(sources.map(folderOf))).filter((folder) => folder !== undefined)
  const inventoryVars = await loadVarsFiles(folders, draft, vault)
  const playbookFolders = options.playbookDir === undefined ? [] : [options.playbookDir]
  const playbookVars = await loadVarsFiles(playbookFolders, draft, vault)
  if (vault.hasPasswords && options.keepSealed !== true) draft.problems.push(...(await vault.openSealed()))
  throwProblems(draft.problems, sources)
  const extraVars = options.extraVars ?? {}
  const inventory = finishInventory(draft, { sources, inventoryVars, playbookVars, extraVars })
  throwProblems(draft.problems, sources)
  vault.tell([...draft.hosts.values(), ...draft.groups.values()].flatMap(({ vars }) => openSecretsIn(vars)))
  for (const warning of [...draft.warnings, ...sharedAddresses(draft, inventory)])
    options.onWarning?.(warning)
  for (const note of draft.notes) options.onNote?.(note)
  return inventory
}

/** Those that are not encrypted values, which are masked when they are opened. */
function openSecretsIn(vars: Vars): readonly Secret[] {
  return secretsIn(vars).filter(({ sealed }) => sealed === undefined)
}

function throwProblems(problems: readonly Problem[], sources: readonly string[]): void {
  if (problems.length === 0) return
  throw new ConfigError(
    `inventory ${sources.join(', ')} has ${countOf(problems.length, 'problem')}:`,
    problems,
  )
}

async function readSource(source: string, draft: InventoryDraft, vault: VaultOpener): Promise<void> {
  const kind = await kindOf(source)
  if (kind === 'folder') await readFolder(source, draft, vault)
  else if (kind === 'file') await readInventoryFile(source, draft, vault)
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

async function readFolder(folder: string, draft: InventoryDraft, vault: VaultOpener): Promise<void> {
  // Python sorts by code points.
  const names = (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1))
  for (const name of names) if (!ignoredNames.test(name)) await readSource(join(folder, name), draft, vault)
}

async function readInventoryFile(file: string, draft: InventoryDraft, vault: VaultOpener): Promise<void> {
  const read = await loadText(file)
  if ('problem' in read) {
    draft.problems.push(read.problem)
    return
  }
  try {
    draft.sealing = isVaultText(read.text)
    const text = draft.sealing ? vault.open(read.text, `${file}:1`) : read.text
    parseSource(text, file, { draft, seal: vault.seal })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    draft.problems.push(...error.problems)
  } finally {
    draft.sealing = false
  }
}

function readList(source: string, draft: InventoryDraft): void {
  const where = `list "${source}"`
  for (const entry of source.split(',')) {
    const name = entry.trim()
    if (name === '') continue
    const hosts = expandHostPattern(name)
    if ('fault' in hosts) draft.problems.push({ where, message: hosts.fault })
    else for (const host of hosts.names) addHost(draft, host, { group: 'ungrouped', where, port: hosts.port })
  }
}
