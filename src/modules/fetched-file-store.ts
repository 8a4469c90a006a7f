import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a file that came from a host: beside its place and renamed, so that it is whole or not there. Where `wanted` is told and
 * the bytes have another SHA-1, nothing is written, and theirs is returned.
 */
export function writeFetchedFile(file: string, bytes: Buffer, wanted?: string): string | undefined {
  const sum = createHash('sha1').update(bytes).digest('hex')
  if (wanted !== undefined && sum !== wanted) return sum
  mkdirSync(dirname(file), { recursive: true })
  const unfinished = `${file}.kmesos-${process.pid}`
  try {
    writeFileSync(unfinished, bytes)
    renameSync(unfinished, file)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
  return undefined
}
