import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Larger files than this hold generated inventories, in which nobody looks for a line. */
const largestBytes = 20_000_000

/**
 * Where a variable stands, as `file:line`: looked for in the texts of the inventory, its group_vars/ and host_vars/, and the
 * files of -e, only when there is something to say about it. Undefined where no text shows it (it is encrypted, say).
 */
export async function loadVariablePlace(
  name: string,
  sources: readonly string[],
): Promise<string | undefined> {
  for (const file of await filesOf(sources)) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const line = lineOf(name, text)
    if (line > 0) return `${file}:${line}`
  }
  return undefined
}

/** The files themselves first, then those of variables beside them. */
async function filesOf(sources: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>()
  for (const source of sources) for (const file of await filesBelow(source)) found.add(file)
  for (const source of sources) {
    const folder = (await isFolder(source)) ? source : dirname(source)
    for (const kind of ['group_vars', 'host_vars']) {
      for (const file of await filesBelow(join(folder, kind))) found.add(file)
    }
  }
  return [...found]
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isFile()) return stats.size > largestBytes ? [] : [path]
  if (!stats?.isDirectory()) return []
  const names = (await readdir(path)).sort()
  const lists = await Promise.all(names.map((name) => filesBelow(join(path, name))))
  return lists.flat()
}

/** `name=` of INI, `name:` of YAML, `"name":` of JSON; not in a comment. */
function lineOf(name: string, text: string): number {
  const pattern = new RegExp(`(?:^|[\\s{,"'])${name.replaceAll(/[^\w]/g, '\\$&')}["']?\\s*[:=]`)
  return text.split('\n').findIndex((line) => !/^\s*[#;]/.test(line) && pattern.test(line)) + 1
}
