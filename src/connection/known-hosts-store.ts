import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError, messageOf } from '../kernel/errors.ts'
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
    const writing = this.#writing.then(() => appendLine(file, line))
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

async function appendLine(file: string, line: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const text = await readFile(file, 'utf8').catch(() => '')
    const begin = text === '' || text.endsWith('\n') ? '' : '\n'
    await appendFile(file, begin + line, { mode: 0o600 })
  } catch (error) {
    throw new ConfigError(`cannot add a host key to ${file}: ${messageOf(error)}`, [], { cause: error })
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
