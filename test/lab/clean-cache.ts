import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeBuildRemains } from './build-docker.ts'
import { imagesLock } from './built-images.ts'
import { withLock } from './lock.ts'

/** Removes the root file systems and the images. No host that was made from them may be left. */
export async function cleanCache(cacheDir: string): Promise<void> {
  await withLock(imagesLock(cacheDir), async () => {
    await removeBuildRemains(cacheDir)
    for (const name of await readdir(cacheDir)) {
      if (cached.test(name)) await rm(join(cacheDir, name), { recursive: true, force: true })
    }
  })
  await rm(imagesLock(cacheDir), { force: true })
  const left = await readdir(cacheDir)
  if (left.length === 0) await rm(cacheDir, { recursive: true })
}

const cached = /^(rootfs-[0-9a-f]+|unfinished-rootfs-\d+|rootfs\.lock|build|images\.json(\.new)?)$/
