import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { LockedError } from '../../src/kernel/errors.ts'
import { removeBuildRemains } from './build-docker.ts'
import { imagesLock } from './built-images.ts'
import { withLock } from './lock.ts'
import { claimedNetworks } from './machine-claims.ts'

/** Removes the root file systems and the images. Throws a LockedError while a lab is up: its hosts stand on them. */
export async function cleanCache(cacheDir: string): Promise<void> {
  const labs = await claimedNetworks()
  if (labs.length > 0) {
    throw new LockedError(`${cacheDir} is not removed: labs are up on ${labs.join(', ')}`, {
      hint: 'remove them first: npm run lab -- clean --network 10.X.Y --dir <folder>',
    })
  }
  if (!existsSync(cacheDir)) return
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
