import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What the cache knows of an image that it holds. */
export interface BuiltImage {
  /** Of its inputs: equal digests need no build. */
  readonly digest: string
  /** Docker's id, `sha256:...`. */
  readonly id: string
  readonly bytes: number
}

export type BuiltImages = Readonly<Record<string, BuiltImage>>

/** The lock of the cache's images: alone to build, shared to copy layers out. */
export function imagesLock(cacheDir: string): string {
  return join(cacheDir, 'images.lock')
}

export async function readBuiltImages(cacheDir: string): Promise<BuiltImages> {
  const text = await readFile(join(cacheDir, 'images.json'), 'utf8').catch(() => '{}')
  return JSON.parse(text) as BuiltImages
}

export async function writeBuiltImages(cacheDir: string, images: BuiltImages): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  const file = join(cacheDir, 'images.json')
  await writeFile(`${file}.new`, `${JSON.stringify(images, undefined, 2)}\n`)
  await rename(`${file}.new`, file)
}
