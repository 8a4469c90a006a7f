import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { LockedError } from '../../src/kernel/errors.ts'
import { cleanCache } from '../lab/clean-cache.ts'
import { openLab } from '../lab/lab.ts'
import { noteMade, readMade } from './made.ts'
import type { AioSettings } from './settings.ts'

export interface TakeDownOptions {
  readonly keepImages: boolean
  readonly say: (line: string) => void
}

/** Removes the lab host with all that runs in it, its network, the folder of the all-in-one, and the cache if it is ours. */
export async function takeDown(settings: AioSettings, { keepImages, say }: TakeDownOptions): Promise<void> {
  const made = await readMade(settings)
  const there = existsSync(settings.labDir) || existsSync(settings.folder)
  const lab = await openLab({ dir: settings.labDir, network: settings.network })
  await lab.clean()
  await rm(settings.folder, { recursive: true, force: true })
  say(
    there ? `removed the lab host, ${settings.labDir} and ${settings.folder}` : 'there was nothing to remove',
  )
  if (made.cacheDir !== undefined && !keepImages && !(await removeCache(made.cacheDir, say))) {
    // A later `down` must still know that the cache is ours.
    await noteMade(settings, made)
  }
  say('left alone: npm packages, system packages, dist/, the logs in .kmesos/runs')
}

/** False when other labs live on the cache: then it stays. */
async function removeCache(folder: string, say: (line: string) => void): Promise<boolean> {
  try {
    await cleanCache(folder)
    say(`removed ${folder}`)
    return true
  } catch (error) {
    if (!(error instanceof LockedError)) throw error
    say(`${error.message}; npm run aio -- down removes it when they are gone`)
    return false
  }
}
