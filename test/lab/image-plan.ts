import { existsSync } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf, sha256 } from '../../src/kernel/digest.ts'
import { ConfigError } from '../../src/kernel/errors.ts'
import { unknownWord } from '../../src/kernel/nearest.ts'

/** An image to be built: a folder of `bootstrap/images`, its parent, and the digest of all that goes into it. */
export interface PlannedImage {
  readonly name: string
  /** What is copied together as the build's context: the folder with the Dockerfile, then what is made for it. */
  readonly contents: readonly string[]
  readonly parent: string
  readonly digest: string
}

export interface ImagePlanContext {
  readonly imagesDirs: readonly string[]
  /** Files and folders made by a build that belong to an image: {engine: ['.../dist/kmesos-engine.cjs']}. */
  readonly made: Readonly<Record<string, readonly string[]>>
  /** Digest of the root file system that the first image is made of. */
  readonly rawDigest: string
}

/** The root file system that `base` is made of; not a folder, made by mmdebstrap. */
export const rawImage = 'debian'

/** `kmesos/zookeeper:local` */
export function imageReference(name: string): string {
  return `kmesos/${name}:local`
}

/** Names of all images that can be built, in alphabetical order. */
export async function loadImageNames(imagesDirs: readonly string[]): Promise<readonly string[]> {
  return [...(await imageFolders(imagesDirs)).keys()].sort()
}

async function imageFolders(imagesDirs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>()
  for (const imagesDir of imagesDirs) {
    const entries = await readdir(imagesDir, { withFileTypes: true })
    for (const { name } of entries.filter((entry) => entry.isDirectory()))
      folders.set(name, join(imagesDir, name))
  }
  return folders
}

/**
 * The chosen images and their parents, parents first. An image's digest holds its parents', so that equal digests need
 * no build.
 */
export async function loadImagePlan(
  chosen: readonly string[],
  context: ImagePlanContext,
): Promise<readonly PlannedImage[]> {
  const folders = await imageFolders(context.imagesDirs)
  const planned = new Map<string, PlannedImage>()
  const visit = async (name: string): Promise<string> => {
    if (name === rawImage) return context.rawDigest
    const done = planned.get(name)
    if (done) return done.digest
    const folder = folders.get(name)
    if (folder === undefined) {
      throw new ConfigError(unknownWord('image', name, [...folders.keys()]), [], {
        hint: `images are folders of ${context.imagesDirs.join(' and ')}`,
      })
    }
    const contents = [folder, ...(context.made[name] ?? [])]
    const parent = parentOf(await readFile(join(folder, 'Dockerfile'), 'utf8'), name)
    const parentDigest = await visit(parent)
    const digest = digestOf([parentDigest, ...(await Promise.all(contents.map(digestPath)))])
    planned.set(name, { name, contents, parent, digest })
    return digest
  }
  for (const name of chosen) await visit(name)
  return [...planned.values()]
}

/** `base` of `FROM kmesos/base:local`. */
function parentOf(dockerfile: string, name: string): string {
  const parent = /^FROM\s+kmesos\/([a-z0-9-]+):local\s*$/m.exec(dockerfile)?.[1]
  if (parent !== undefined) return parent
  throw new ConfigError(`bootstrap/images/${name}/Dockerfile must begin with "FROM kmesos/<name>:local"`)
}

/** Of names, contents, links and the executable bit; not of times and owners. */
async function digestPath(path: string): Promise<string> {
  if (!existsSync(path)) throw new ConfigError(`${path} is missing`, [], { hint: 'run `npm run build`' })
  return (await stat(path)).isFile() ? sha256(await readFile(path)) : await digestFolder(path)
}

async function digestFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const lines: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(folder.length)
    if (entry.isSymbolicLink()) lines.push(`${name} -> ${await readlink(path)}`)
    if (!entry.isFile()) continue
    const executable = ((await stat(path)).mode & 0o100) === 0 ? '' : ' x'
    lines.push(`${name} ${sha256(await readFile(path))}${executable}`)
  }
  return sha256(lines.sort().join('\n'))
}
