import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeHostFiles, type HostPlace } from './host-files.ts'
import type { HostRecord } from './host-options.ts'
import { seedImages } from './seed.ts'

export interface MakeHostContext {
  /** Folder of all hosts. */
  readonly hostsDir: string
  readonly cacheDir: string
  readonly address: string
  readonly publicKey: string
}

/** Makes a host's disk, whole or not at all: it is renamed into place when all of it is there. */
export async function makeHost(record: HostRecord, context: MakeHostContext): Promise<void> {
  const unfinished = join(context.hostsDir, `.new-${record.name}`)
  await rm(unfinished, { recursive: true, force: true })
  for (const folder of ['upper', 'work', 'root', 'docker'])
    await mkdir(join(unfinished, folder), { recursive: true })
  const place: HostPlace = {
    upper: join(unfinished, 'upper'),
    address: context.address,
    publicKey: context.publicKey,
  }
  await writeHostFiles(record, place)
  const images = record.options.images ?? []
  if (images.length > 0) await seedImages(context.cacheDir, images, join(unfinished, 'docker'))
  await writeFile(join(unfinished, 'host.json'), `${JSON.stringify(record, undefined, 2)}\n`)
  await rename(unfinished, join(context.hostsDir, record.name))
}

/** The record of a host that was made, or undefined. */
export async function readHost(hostsDir: string, name: string): Promise<HostRecord | undefined> {
  const file = join(hostsDir, name, 'host.json')
  if (!existsSync(file)) return undefined
  return JSON.parse(await readFile(file, 'utf8')) as HostRecord
}
