import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import type { ContentSource, LocalEntry } from './types.ts'

/** Local files, read once in a run however many hosts take them. */
export function loadContent(): ContentSource {
  const contents = new Map<string, Buffer>()
  const hashes = new Map<string, string>()
  const shortHashes = new Map<string, string>()
  const folders = new Map<string, readonly LocalEntry[]>()
  return {
    read: (file) => remember(contents, file, () => orConfigError(file, () => readFileSync(file))),
    sha256: (file) => remember(hashes, file, () => orConfigError(file, () => hashOf(file, 'sha256'))),
    sha1: (file) => remember(shortHashes, file, () => orConfigError(file, () => hashOf(file, 'sha1'))),
    forget: (file) => {
      for (const cache of [contents, hashes, shortHashes]) cache.delete(file)
      folders.clear()
    },
    exists: existsSync,
    isDirectory: (file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false,
    size: (file) => orConfigError(file, () => statSync(file).size),
    mode: (file) => orConfigError(file, () => (statSync(file).mode & 0o7777).toString(8).padStart(4, '0')),
    list: (folder) => remember(folders, folder, () => orConfigError(folder, () => entriesOf(folder))),
  }
}

function remember<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  return made
}

function orConfigError<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${messageOf(error)}`, [], { cause: error })
  }
}

/** In pieces: archives are larger than one wants in memory. */
function hashOf(file: string, algorithm: string): string {
  const hash = createHash(algorithm)
  const piece = Buffer.alloc(1 << 20)
  const handle = openSync(file, 'r')
  try {
    for (let read = readSync(handle, piece); read > 0; read = readSync(handle, piece))
      hash.update(piece.subarray(0, read))
  } finally {
    closeSync(handle)
  }
  return hash.digest('hex')
}

function entriesOf(folder: string, below = ''): readonly LocalEntry[] {
  const entries = readdirSync(join(folder, below), { withFileTypes: true })
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): readonly LocalEntry[] => {
      const path = join(below, entry.name)
      if (entry.isSymbolicLink()) return [{ path, kind: 'link', target: readlinkSync(join(folder, path)) }]
      if (entry.isDirectory()) return [{ path, kind: 'directory' }, ...entriesOf(folder, path)]
      return entry.isFile() ? [{ path, kind: 'file' }] : []
    })
}
