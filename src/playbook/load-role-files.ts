import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

const roleParts = ['tasks', 'handlers', 'defaults', 'vars', 'meta', 'files', 'templates']

/** A folder with any of a role's folders: one that is used by `tasks_from` alone needs no main.yml. */
export function isRole(path: string): boolean {
  return roleParts.some((part) => isFolder(join(path, part)))
}

export function yamlFile(stem: string): string | undefined {
  return [`${stem}.yml`, `${stem}.yaml`].find((file) => existsSync(file) && statSync(file).isFile())
}

export interface NamedFile {
  readonly name: string
  readonly path: string
}

export function yamlFiles(folder: string): readonly NamedFile[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => ({ name: file.replace(/\.ya?ml$/, ''), path: join(folder, file) }))
}

/** Files of variables by name; a folder (`vars/main/`) stands for the files in it, and before a file of that name. */
export function varsFilesOf(
  folder: string,
): readonly { readonly name: string; readonly paths: readonly string[] }[] {
  if (!existsSync(folder)) return []
  const files = yamlFiles(folder).filter(({ path }) => !isFolder(path))
  const folders = readdirSync(folder)
    .sort()
    .filter((name) => isFolder(join(folder, name)))
  return [
    ...files.map(({ name, path }) => ({ name, paths: [path] })),
    ...folders.map((name) => ({ name, paths: yamlFiles(join(folder, name)).map(({ path }) => path) })),
  ]
}

/** The file of this path, or, where templates stand in it, all files that it may mean. */
export function filesMeant(path: string): readonly string[] {
  if (!path.includes('<%')) return existsSync(path) && !isFolder(path) ? [path] : []
  const fixed = dirname(path.slice(0, path.indexOf('<%')) + 'x')
  if (!isFolder(fixed)) return []
  const pattern = templatePattern(path)
  return readdirSync(fixed, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(^|\/)[^./]+(\.(ya?ml|json))?$/.test(name) && !/(^|\/)(\.|node_modules\/)/.test(name))
    .map((name) => join(fixed, name))
    .filter((file) => pattern.test(file) && !isFolder(file))
    .sort()
}

/** What a text with templates may become. */
export function templatePattern(text: string): RegExp {
  const parts = text.split(/<%.*?%>/s).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory()
}
