import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { withLines } from './known-hosts-edit.ts'
import { formatKnownHost, linesFor, parseKnownHosts, type KnownHostLine } from './known-hosts.ts'

/** The known_hosts files of a run: each read and parsed once, however many hosts ask. */
export class KnownHostsStore {
  readonly #files = new Map<string, KnownHostLine[]>()
  #writing: Promise<void> = Promise.resolve()

  /** Lines of all files that speak of the host. Files that do not exist are empty. */
  linesFor(files: readonly string[], name: string): readonly KnownHostLine[] {
    return files.flatMap((file) => linesFor(this.#load(file), name))
  }

  /** Remembers a key, here and at the end of the file (0600, its folder 0700); writes follow one another. */
  async append(
    file: string,
    name: string,
    options: { readonly blob: Buffer; readonly hashed: boolean },
  ): Promise<void> {
    const line = formatKnownHost(name, options.blob, options.hashed ? randomBytes(20) : undefined)
    this.#load(file).push(...parseKnownHosts(line, file))
    await this.edit(file, (text) => withLines(text, [line]))
  }

  /** Changes a file as a whole; another kmesos that does the same at once waits, so that no line is lost. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const writing = this.#writing.then(() => editFile(file, change))
    this.#writing = writing.catch(() => undefined)
    await writing
  }

  #load(file: string): KnownHostLine[] {
    const known = this.#files.get(file)
    if (known) return known
    const lines = [...parseKnownHosts(textOf(file), file)]
    this.#files.set(file, lines)
    return lines
  }
}

async function editFile(file: string, change: (text: string) => string): Promise<void> {
  // The usual way to forget keys at once.
  if (file === '/dev/null') return
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const target = await realpath(file).catch(() => file)
    const unlock = await lock(`${target}.lock`)
    try {
      const before = await readFile(target, 'utf8').catch(() => '')
      const after = change(before)
      if (after !== before) await replaceFile(target, after)
    } finally {
      await unlock()
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(`cannot write host keys to ${file}: ${messageOf(error)}`, [], { cause: error })
  }
}

/** Whole or not at all: written beside it and renamed. The mode stays, or is the owner's alone. */
async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => 0o600,
  )
  try {
    await writeFile(temporary, text, { mode: 0o600 })
    await chmod(temporary, mode)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

const lockPollMs = 20
const lockLimitMs = 10_000
/** An edit takes milliseconds: an older lock was left by a process that was killed. */
const staleMs = 30_000

async function lock(path: string): Promise<() => Promise<void>> {
  const deadline = Date.now() + lockLimitMs
  for (;;) {
    try {
      await (await open(path, 'wx', 0o600)).close()
      return () => rm(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    )
    if (age > staleMs) await rm(path, { force: true })
    else if (Date.now() > deadline) {
      throw new ConfigError(`somebody else is writing host keys: ${path} is there`, [], {
        hint: 'wait for the other kmesos, or remove that file when there is none',
      })
    } else await delay(lockPollMs * (0.5 + Math.random()))
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    // /dev/null is the usual way to switch a file off.
    if (code === 'ENOENT' || code === 'ENOTDIR') return ''
    throw new ConfigError(`cannot read ${file}: ${messageOf(error)}`, [], { cause: error })
  }
}
