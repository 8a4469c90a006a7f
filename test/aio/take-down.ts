import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { cleanCache } from '../lab/clean-cache.ts'
import { openLab } from '../lab/lab.ts'
import { readMade } from './made.ts'
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
  if (made.cacheDir !== undefined && !keepImages) {
    await cleanCache(made.cacheDir)
    say(`removed ${made.cacheDir}`)
  }
  await rm(settings.folder, { recursive: true, force: true })
  say(
    there ? `removed the lab host, ${settings.labDir} and ${settings.folder}` : 'there was nothing to remove',
  )
  say('left alone: npm packages, system packages, dist/, the logs in .kmesos/runs')
}
