import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AioSettings } from './settings.ts'

/** What `npm run aio` made outside of its own folders; `down` removes it again. */
export interface Made {
  /** The cache of root file system and images, when there was none before. */
  readonly cacheDir?: string
}

function fileOf(settings: AioSettings): string {
  return join(settings.folder, 'made.json')
}

export async function readMade(settings: AioSettings): Promise<Made> {
  const text = await readFile(fileOf(settings), 'utf8').catch(() => '{}')
  return JSON.parse(text) as Made
}

export async function noteMade(settings: AioSettings, made: Made): Promise<void> {
  const all = { ...(await readMade(settings)), ...made }
  await mkdir(settings.folder, { recursive: true, mode: 0o700 })
  await writeFile(fileOf(settings), `${JSON.stringify(all)}\n`)
}
