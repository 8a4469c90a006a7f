import type { Dirent } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { VarsFiles } from './finish-inventory.ts'
import { isMapping, type InventoryDraft } from './inventory-draft.ts'
import type { Vars } from './types.ts'
import { parseYamlFile } from './yaml-values.ts'

const endings = ['', '.yml', '.yaml', '.json']

/** Reads group_vars/ and host_vars/ of the folders, later folders over earlier ones. One listing of each folder, however many hosts. */
export async function loadVarsFiles(folders: readonly string[], draft: InventoryDraft): Promise<VarsFiles> {
  const groups = new Map<string, Vars>()
  const hosts = new Map<string, Vars>()
  for (const folder of new Set(folders)) {
    await loadKind(join(folder, 'group_vars'), { names: draft.groups, into: groups, draft })
    await loadKind(join(folder, 'host_vars'), { names: draft.hosts, into: hosts, draft })
  }
  return { groups, hosts }
}

interface Target {
  readonly names: ReadonlyMap<string, unknown>
  readonly into: Map<string, Vars>
  readonly draft: InventoryDraft
}

async function loadKind(folder: string, target: Target): Promise<void> {
  const entries = new Set((await listing(folder)).map((entry) => entry.name))
  if (entries.size === 0) return
  for (const name of target.names.keys()) {
    const ending = endings.find((candidate) => entries.has(name + candidate))
    if (ending === undefined) continue
    for (const file of await filesAt(join(folder, name + ending))) {
      target.into.set(name, { ...target.into.get(name), ...(await loadVarsFile(file, target.draft)) })
    }
  }
}

/** A file is itself; a folder gives its files, deep and sorted, but no hidden ones, backups or foreign endings. */
async function filesAt(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  const found: string[] = []
  const names = (await listing(path)).map((entry) => entry.name).sort((a, b) => (a < b ? -1 : 1))
  for (const name of names) {
    if (name.startsWith('.') || name.endsWith('~')) continue
    const full = join(path, name)
    const isFolder = (await stat(full)).isDirectory()
    if (isFolder && extname(name) === '') found.push(...(await filesAt(full)))
    else if (!isFolder && endings.includes(extname(name))) found.push(full)
  }
  return found
}

async function loadVarsFile(file: string, draft: InventoryDraft): Promise<Vars> {
  const text = await readFile(file, 'utf8')
  if (text.startsWith('$ANSIBLE_VAULT;')) {
    draft.problems.push({
      where: `${file}:1`,
      message: 'is encrypted with Ansible Vault, which is not read; keep secrets in the passwords file',
    })
    return {}
  }
  const yaml = parseYamlFile(text, file)
  draft.problems.push(...yaml.problems)
  if (yaml.problems.length > 0 || yaml.value === null || yaml.value === undefined) return {}
  if (isMapping(yaml.value)) return yaml.value
  draft.problems.push({ where: `${file}:1`, message: 'must be a mapping of variables (name: value)' })
  return {}
}

async function listing(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
