import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { mapLimit } from '../kernel/pool.ts'
import type { Problem } from '../kernel/problems.ts'
import type { VaultOpener } from '../vault/opener.ts'
import { parseVarsText } from './extra-vars.ts'
import type { VarsFiles } from './finish-inventory.ts'
import type { InventoryDraft } from './inventory-draft.ts'
import { loadText } from './load-text.ts'
import type { Vars } from './types.ts'

const endings = ['', '.yml', '.yaml', '.json']
/** Files open at one time: thousands of hosts may have one each. */
const filesAtOnce = 32

/** Reads group_vars/ and host_vars/ of each folder. One listing of each folder, however many hosts. */
export async function loadVarsFiles(
  folders: readonly string[],
  draft: InventoryDraft,
  vault: VaultOpener,
): Promise<readonly VarsFiles[]> {
  const found: VarsFiles[] = []
  for (const folder of new Set(folders)) {
    const groups = await loadKind(join(folder, 'group_vars'), { names: draft.groups, draft, vault })
    const hosts = await loadKind(join(folder, 'host_vars'), { names: draft.hosts, draft, vault })
    found.push({ groups, hosts })
  }
  return found
}

interface Target {
  readonly names: ReadonlyMap<string, unknown>
  readonly draft: InventoryDraft
  readonly vault: VaultOpener
}

async function loadKind(folder: string, target: Target): Promise<ReadonlyMap<string, Vars>> {
  const entries = new Map((await listing(folder)).map((entry) => [entry.name, entry]))
  const wanted = [...target.names.keys()].flatMap((name) => {
    const entry = endings.map((ending) => entries.get(name + ending)).find((each) => each !== undefined)
    return entry ? [{ name, entry }] : []
  })
  const loaded = await mapLimit(wanted, filesAtOnce, ({ entry }) => loadEntry(folder, entry, target))
  const vars = new Map<string, Vars>()
  for (const [index, outcome] of loaded.entries()) {
    const name = wanted[index]?.name ?? ''
    if (outcome.ok) vars.set(name, outcome.value)
    else target.draft.problems.push({ where: join(folder, name), message: messageOf(outcome.error) })
  }
  return vars
}

async function loadEntry(folder: string, entry: Dirent, target: Target): Promise<Vars> {
  const path = join(folder, entry.name)
  if (entry.isFile()) return loadVarsFile(path, target)
  let vars: Vars = {}
  for (const file of await filesAt(path)) vars = { ...vars, ...(await loadVarsFile(file, target)) }
  return vars
}

/** A file is itself; a folder gives its files, deep and sorted, but no hidden ones, backups or foreign endings. */
async function filesAt(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const found: string[] = []
  const names = (await readdir(path)).sort((a, b) => (a < b ? -1 : 1))
  for (const name of names) {
    if (name.startsWith('.') || name.endsWith('~')) continue
    const full = join(path, name)
    const isFolder = (await stat(full)).isDirectory()
    if (isFolder && extname(name) === '') found.push(...(await filesAt(full)))
    else if (!isFolder && endings.includes(extname(name))) found.push(full)
  }
  return found
}

async function loadVarsFile(file: string, { draft, vault }: Target): Promise<Vars> {
  const read = await loadText(file)
  if ('problem' in read) return refuse(draft, read.problem)
  try {
    const parsed = parseVarsText(read.text, file, vault)
    if ('vars' in parsed) return parsed.vars
    draft.problems.push(...parsed.problems)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    draft.problems.push(...error.problems)
  }
  return {}
}

function refuse(draft: InventoryDraft, problem: Problem): Vars {
  draft.problems.push(problem)
  return {}
}

/** Nothing where there is no such folder. */
async function listing(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
