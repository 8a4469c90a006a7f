import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'

const groupAndOthers = 0o077

/** The text of a private file; undefined when there is none. Throws ConfigError when others than its owner may read it. */
export async function readPrivateFile(file: string): Promise<string | undefined> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new ConfigError(`cannot read ${file}: ${error.message}`, [], { cause: error })
  })
  if (!info) return undefined
  if ((info.mode & groupAndOthers) !== 0) {
    const mode = (info.mode & 0o777).toString(8).padStart(4, '0')
    throw new ConfigError(`${file} holds secrets, but others may read it (mode ${mode})`, [], {
      hint: `run: chmod 600 ${file}`,
    })
  }
  return readFile(file, 'utf8')
}

/** Writes a file that only its owner may read; whole or not at all. Its folder is made when it is missing. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
