import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../src/kernel/errors.ts'
import { buildDataDir } from './build-docker.ts'
import { imagesLock, readBuiltImages } from './built-images.ts'
import { imageReference } from './image-plan.ts'
import { withLock } from './lock.ts'
import { tryRun } from './run-command.ts'

interface ImageConfig {
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

/**
 * Puts built images into the folder of a Docker that has not started yet, in 1 s instead of a pull's 10 s: layers are
 * hard-linked (overlay2 never writes to a finished layer), their small descriptions are written anew. Only these two:
 * Docker's other databases must not be shared.
 */
export async function seedImages(cacheDir: string, names: readonly string[], target: string): Promise<void> {
  await withLock(imagesLock(cacheDir), () => seed(cacheDir, names, target), { shared: true })
}

async function seed(cacheDir: string, names: readonly string[], target: string): Promise<void> {
  const built = await readBuiltImages(cacheDir)
  const source = buildDataDir(cacheDir)
  const layers = new Set<string>()
  const repositories: Record<string, Record<string, string>> = {}
  for (const name of names) {
    const image = built[name]
    if (!image)
      throw new ConfigError(`image ${imageReference(name)} is not built`, [], {
        hint: 'run `npm run lab -- images`',
      })
    const [repository = '', tag = ''] = imageReference(name).split(':')
    repositories[repository] = { [`${repository}:${tag}`]: image.id }
    const hex = image.id.replace('sha256:', '')
    const content = await copyContent(source, target, hex)
    for (const chain of chainIds(content.rootfs.diff_ids)) layers.add(chain)
  }
  const database = join(target, 'image/overlay2')
  await writeFile(join(database, 'repositories.json'), JSON.stringify({ Repositories: repositories }), {
    mode: 0o600,
  })
  await linkLayers(source, target, [...layers])
}

async function copyContent(source: string, target: string, hex: string): Promise<ImageConfig> {
  const path = 'image/overlay2/imagedb/content/sha256'
  await mkdir(join(target, path), { recursive: true })
  await cp(join(source, path, hex), join(target, path, hex))
  return JSON.parse(await readFile(join(source, path, hex), 'utf8')) as ImageConfig
}

/** Docker names a layer by all layers below it: sha256(parent's name + " " + own digest). */
function chainIds(diffIds: readonly string[]): readonly string[] {
  const chain: string[] = []
  for (const diff of diffIds) {
    const parent = chain.at(-1)
    chain.push(
      parent === undefined
        ? diff
        : `sha256:${createHash('sha256').update(`${parent} ${diff}`).digest('hex')}`,
    )
  }
  return chain.map((id) => id.replace('sha256:', ''))
}

async function linkLayers(source: string, target: string, chains: readonly string[]): Promise<void> {
  const layerdb = 'image/overlay2/layerdb/sha256'
  await mkdir(join(target, 'overlay2/l'), { recursive: true })
  const folders: string[] = []
  for (const chain of chains) {
    await cp(join(source, layerdb, chain), join(target, layerdb, chain), { recursive: true })
    const cacheId = (await readFile(join(source, layerdb, chain, 'cache-id'), 'utf8')).trim()
    const folder = join(source, 'overlay2', cacheId)
    const short = (await readFile(join(folder, 'link'), 'utf8')).trim()
    await symlink(`../${cacheId}/diff`, join(target, 'overlay2/l', short))
    folders.push(folder)
  }
  const linked = await tryRun(['cp', '--archive', '--link', ...folders, join(target, 'overlay2')])
  // On another file system nothing can be linked; a copy is slower and as good.
  if (linked.code !== 0) await copyLayers(folders, join(target, 'overlay2'))
}

async function copyLayers(folders: readonly string[], target: string): Promise<void> {
  const { code, stderr } = await tryRun(['cp', '--archive', '--force', ...folders, target])
  if (code !== 0)
    throw new ConfigError(`cannot copy image layers to ${target}: ${stderr.trim().split('\n').at(-1) ?? ''}`)
}
