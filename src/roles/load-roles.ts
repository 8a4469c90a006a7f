import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import { mapLimitOrThrow } from '../kernel/pool.ts'
import type { RoleSource, RoleSources, SourceText } from './types.ts'

const filesAtOnce = 16

/**
 * Reads `roles/` and the partials in `templates/` below one folder. Nothing is parsed here. Throws ConfigError when there
 * is no such folder or a role has no service.yml.
 */
export async function loadRoles(base: string): Promise<RoleSources> {
  const folder = join(base, 'roles')
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new ConfigError(`cannot read the roles in ${folder}`, [], {
      cause,
      hint: 'give the folder that holds roles/ and templates/ with --base',
    })
  })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const roles = await mapLimitOrThrow(names.sort(), filesAtOnce, (name) => loadRole(base, name))
  const defaults = await readOptional(base, 'roles/defaults.yml')
  const profiles = await readOptional(base, 'roles/profiles.yml')
  const partials = await readFolder(join(base, 'templates'))
  return {
    roles,
    ...(defaults ? { defaults } : {}),
    ...(profiles ? { profiles } : {}),
    partials: Object.fromEntries(
      Object.entries(partials)
        .filter(([name]) => name.endsWith('.ejs'))
        .map(([name, text]) => [name.slice(0, -'.ejs'.length), text]),
    ),
  }
}

async function loadRole(base: string, name: string): Promise<RoleSource> {
  const service = await readOptional(base, `roles/${name}/service.yml`)
  if (!service) {
    throw new ConfigError(`roles/${name} has no service.yml`, [], {
      hint: 'see docs/adding-a-service.md, or remove the folder',
    })
  }
  const defaults = await readOptional(base, `roles/${name}/defaults.yml`)
  const templates = await readFolder(join(base, 'roles', name, 'templates'))
  return { name, service, ...(defaults ? { defaults } : {}), templates }
}

async function readOptional(base: string, file: string): Promise<SourceText | undefined> {
  const text = await readFile(join(base, file), 'utf8').catch(absent)
  return text === undefined ? undefined : { file, text }
}

/** The files of one folder (not of those below it) by name; empty when there is no such folder. */
async function readFolder(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(absent)) ?? []
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
  const texts = await mapLimitOrThrow(names.sort(), filesAtOnce, (name) =>
    readFile(join(folder, name), 'utf8'),
  )
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
}

function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
  throw error
}
