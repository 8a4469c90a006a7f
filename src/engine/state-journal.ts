import { mkdir, open, readFile, rename, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'

/** What the engine keeps across its own restart: named JSON values. */
export interface StateJournal {
  /** All values, as they were at the last flush. */
  readonly entries: ReadonlyMap<string, unknown>
  /** Undefined removes. Nothing is on disk before the next flush. */
  set(key: string, value: unknown): void
  /** Resolves when everything set so far is on disk. Callers that come together share one write. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Keeps nothing: for tests and benchmarks. */
export function memoryJournal(): StateJournal {
  const entries = new Map<string, unknown>()
  const set = (key: string, value: unknown): void => {
    if (value === undefined) entries.delete(key)
    else entries.set(key, value)
  }
  return { entries, set, flush: async () => undefined, close: async () => undefined }
}

// The file is rewritten when it is this much larger than what it holds.
const growth = 3
const smallestRewrite = 4 * 1024 * 1024

/**
 * Opens the journal in the directory: one file of JSON lines `{"k","v"}` that is only appended to; the last line of a key
 * wins. So a change costs its own size, not that of the whole state. A torn last line (power loss) is left out.
 */
export async function openJournal(directory: string): Promise<StateJournal> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'state.jsonl')
  const entries = await readEntries(path)
  return FileJournal.open(path, entries)
}

async function readEntries(path: string): Promise<Map<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new ConfigError(`cannot read the engine's state ${path}: ${messageOf(error)}`, [], { cause: error })
  })
  const entries = new Map<string, unknown>()
  const lines = text.split('\n')
  lines.forEach((line, index) => {
    if (line === '') return
    const entry = parseLine(line)
    if (entry === undefined && index < lines.length - 1) {
      throw new ConfigError(`the engine's state ${path} is damaged in line ${index + 1}`, [], {
        hint: 'remove the file to begin with no apps; containers of the old state are then ended',
      })
    }
    if (entry === undefined) return
    if (entry.v === undefined) entries.delete(entry.k)
    else entries.set(entry.k, entry.v)
  })
  return entries
}

function parseLine(line: string): { readonly k: string; readonly v?: unknown } | undefined {
  try {
    return JSON.parse(line) as { k: string; v?: unknown }
  } catch {
    return undefined
  }
}

class FileJournal implements StateJournal {
  readonly entries: Map<string, unknown>
  readonly #path: string
  #file: FileHandle
  #dirty = new Set<string>()
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #fileBytes = 0
  #liveBytes = 0

  private constructor(path: string, entries: Map<string, unknown>, file: FileHandle) {
    this.#path = path
    this.entries = entries
    this.#file = file
  }

  static async open(path: string, entries: Map<string, unknown>): Promise<FileJournal> {
    const journal = new FileJournal(path, entries, await open(path, 'a', 0o600))
    // Also drops a torn last line, which the next append would otherwise run into.
    await journal.#rewrite()
    return journal
  }

  set(key: string, value: unknown): void {
    if (value === undefined) this.entries.delete(key)
    else this.entries.set(key, value)
    this.#dirty.add(key)
  }

  flush(): Promise<void> {
    if (this.#dirty.size === 0 && !this.#next) return this.#writing ?? Promise.resolve()
    if (!this.#writing) return this.#begin()
    // One write is under way and may not hold the newest changes: all who come now share the one after it.
    this.#next ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.#begin()
      })
    return this.#next
  }

  async close(): Promise<void> {
    await this.flush()
    await this.#file.close()
  }

  #begin(): Promise<void> {
    const writing = this.#write().finally(() => {
      if (this.#writing === writing) this.#writing = undefined
    })
    this.#writing = writing
    return writing
  }

  async #write(): Promise<void> {
    const keys = [...this.#dirty]
    this.#dirty.clear()
    const text = keys.map((key) => this.#line(key)).join('')
    if (text === '') return
    try {
      await this.#file.appendFile(text)
      await this.#file.datasync()
    } catch (error) {
      for (const key of keys) this.#dirty.add(key)
      throw error
    }
    this.#fileBytes += Buffer.byteLength(text)
    if (this.#fileBytes > Math.max(smallestRewrite, growth * this.#liveBytes)) await this.#rewrite()
  }

  #line(key: string): string {
    return `${JSON.stringify({ k: key, v: this.entries.get(key) })}\n`
  }

  async #rewrite(): Promise<void> {
    const temporary = `${this.#path}.new`
    const text = [...this.entries.keys()].map((key) => this.#line(key)).join('')
    const file = await open(temporary, 'w', 0o600)
    await file.writeFile(text)
    await file.sync()
    await rename(temporary, this.#path)
    await this.#file.close()
    this.#file = file
    this.#liveBytes = this.#fileBytes = Buffer.byteLength(text)
  }
}
