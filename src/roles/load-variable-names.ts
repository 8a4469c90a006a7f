import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDefaults } from './resolve-variables.ts'
import type { RoleSources, SourceText } from './types.ts'

/** Names of all variables that roles and components give defaults for: what an inventory may set. */
export async function loadVariableNames(base: string, sources: RoleSources): Promise<ReadonlySet<string>> {
  const ofRoles = [sources.defaults, ...sources.roles.map((role) => role.defaults)]
  const files = [...ofRoles.filter((file) => file !== undefined), ...(await componentDefaults(base))]
  return new Set(files.flatMap((file) => [...parseDefaults(file).variables.keys()]))
}

/** A component without defaults has none; faults of the files are told where they are read to be used. */
async function componentDefaults(base: string): Promise<readonly SourceText[]> {
  const names = await readdir(join(base, 'bootstrap')).catch(() => [])
  const files = names.map((name) => `bootstrap/${name}/defaults/main.yml`)
  const texts = await Promise.all(files.map((file) => readFile(join(base, file), 'utf8').catch(() => '')))
  return files.map((file, index) => ({ file, text: texts[index] ?? '' }))
}
