import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import type { ContentSource } from './types.ts'

/** Local files, read once in a run however many hosts take them. */
export function loadContent(): ContentSource {
  const contents = new Map<string, Buffer>()
  const hashes = new Map<string, string>()
  return {
    read: (file) => remember(contents, file, () => orConfigError(file, () => readFileSync(file))),
    sha256: (file) => remember(hashes, file, () => orConfigError(file, () => hashOf(file))),
    exists: existsSync,
    isDirectory: (file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false,
    size: (file) => orConfigError(file, () => statSync(file).size),
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
function hashOf(file: string): string {
  const hash = createHash('sha256')
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
