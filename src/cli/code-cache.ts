import { createHash } from 'node:crypto'
import { accessSync, constants, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { Script } from 'node:vm'

/**
 * used: V8 took the compiled code that was kept. refused: whole, but V8 does not want it (options of its own differ).
 * missing: there is none of this program text and this Node, or it is damaged.
 */
export type CacheState = 'used' | 'refused' | 'missing'

export interface RunScript {
  readonly cache: CacheState
  /** Keeps the code that V8 has compiled so far, where none is kept yet and the folder can be written. */
  readonly keep: () => void
}

/**
 * Runs a program whose file is one function expression with require, __filename and __dirname as its parameters. V8's
 * compiled code is kept beside it, which saves 0.1 s of each start. Nothing depends on that file: it is believed only
 * when it was made of exactly this text, is whole, and V8 takes it.
 */
export function runScript(file: string): RunScript {
  const text = readFileSync(file)
  const cacheFile = cacheFileOf(file)
  const kept = readKept(cacheFile, text)
  // The build writes ASCII only; as Latin-1 it is taken over without being decoded.
  const script = new Script(text.toString('latin1'), {
    filename: file,
    ...(kept === undefined ? {} : { cachedData: kept }),
  })
  const cache = kept === undefined ? 'missing' : script.cachedDataRejected === true ? 'refused' : 'used'
  const program = script.runInThisContext() as (
    require: NodeJS.Require,
    filename: string,
    folder: string,
  ) => void
  program(createRequire(file), file, dirname(file))
  const keep = (): void => writeKept(cacheFile, text, script)
  return { cache, keep: cache === 'missing' ? keep : () => {} }
}

/** Other versions of Node compile to other code; each has a file of its own, so that they do not take turns writing. */
export function cacheFileOf(file: string): string {
  return `${file}.${process.version}-${process.arch}.cache`
}

const digestLength = 32

/** V8 itself compares only the length of the text, and does not notice damaged code: so the digest is over both. */
function digestOf(text: Buffer, data: Buffer): Buffer {
  return createHash('sha256').update(text).update(data).digest()
}

function readKept(cacheFile: string, text: Buffer): Buffer | undefined {
  try {
    const whole = readFileSync(cacheFile)
    const data = whole.subarray(digestLength)
    return digestOf(text, data).equals(whole.subarray(0, digestLength)) ? data : undefined
  } catch {
    return undefined
  }
}

/** A disk that is full or read-only costs the time of the next start, nothing else. */
function writeKept(cacheFile: string, text: Buffer, script: Script): void {
  const unfinished = `${cacheFile}.${process.pid}`
  try {
    accessSync(dirname(cacheFile), constants.W_OK)
    const data = script.createCachedData()
    writeFileSync(unfinished, Buffer.concat([digestOf(text, data), data]))
    renameSync(unfinished, cacheFile)
  } catch {
    rmSync(unfinished, { force: true })
  }
}
