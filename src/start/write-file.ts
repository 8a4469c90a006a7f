import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file as it shall be. */
export interface RenderedFile {
  readonly dest: string
  readonly content: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Writes the file whole or not at all; false when it was already so. */
export async function writeRendered(file: RenderedFile): Promise<boolean> {
  if (await isAlready(file)) return false
  await mkdir(dirname(file.dest), { recursive: true })
  const draft = `${file.dest}.kmesos-${randomBytes(4).toString('hex')}`
  try {
    await writeDraft(draft, file)
    await rename(draft, file.dest)
  } catch (error) {
    await rm(draft, { force: true })
    // A file that is bind-mounted cannot be replaced, only filled.
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error
    await writeFile(file.dest, file.content)
    await chown(file.dest, file.uid, file.gid)
    await chmod(file.dest, file.mode)
  }
  return true
}

/** Nobody can read the draft before it has its owner and mode. */
async function writeDraft(draft: string, file: RenderedFile): Promise<void> {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(file.content)
    await handle.chown(file.uid, file.gid)
    // After chown, which takes set-id bits away.
    await handle.chmod(file.mode)
  } finally {
    await handle.close()
  }
}

async function isAlready(file: RenderedFile): Promise<boolean> {
  try {
    const found = await stat(file.dest)
    const same = (found.mode & 0o7777) === file.mode && found.uid === file.uid && found.gid === file.gid
    return same && (await readFile(file.dest, 'utf8')) === file.content
  } catch {
    return false
  }
}
