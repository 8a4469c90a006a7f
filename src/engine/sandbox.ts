import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { taskPrefixOf } from '../marathon/app-id.ts'
import type { LogSink } from './runtime.ts'

/** Where tasks' sandboxes are, and how large and how many they may become. */
export interface Sandboxes {
  readonly directory: string
  /** stdout and stderr are each moved to `.1` when they reach this size; one old file is kept. */
  readonly logBytes: number
  /** Sandboxes of ended tasks kept for each app. */
  readonly keptPerApp: number
}

export const defaultSandboxLimits = { logBytes: 10 * 1024 * 1024, keptPerApp: 3 } as const

/** `<directory>/<app path with _>/<task id>` */
export function sandboxPath(sandboxes: Sandboxes, appId: string, taskId: string): string {
  return join(sandboxes.directory, taskPrefixOf(appId), taskId)
}

/** Makes a task's sandbox. Other users may enter: the service in the container is seldom root. */
export async function makeSandbox(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 })
}

/** Removes the oldest sandboxes of an app, those of `alive` tasks excepted. */
export async function pruneSandboxes(
  sandboxes: Sandboxes,
  appId: string,
  alive: ReadonlySet<string>,
): Promise<void> {
  const parent = join(sandboxes.directory, taskPrefixOf(appId))
  const names = await readdir(parent).catch(() => [])
  const ended = names.filter((name) => !alive.has(name))
  const aged = await Promise.all(
    ended.map(async (name) => ({ name, ms: await changedAt(join(parent, name)) })),
  )
  aged.sort((a, b) => b.ms - a.ms)
  for (const { name } of aged.slice(sandboxes.keptPerApp))
    await rm(join(parent, name), { recursive: true, force: true })
}

/** When the newest output came, in ms; undefined when there is none. */
export async function lastOutputMs(sandbox: string): Promise<number | undefined> {
  const times = await Promise.all(['stdout', 'stderr'].map((name) => changedAt(join(sandbox, name))))
  const latest = Math.max(...times)
  return latest > 0 ? latest : undefined
}

async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  )
}

/** Writes a container's output to `stdout` and `stderr` of its sandbox. A file is made by its first byte. */
export function openLogs(sandbox: string, logBytes: number): LogSink & { close(): Promise<void> } {
  const files = {
    stdout: new RotatingFile(join(sandbox, 'stdout'), logBytes),
    stderr: new RotatingFile(join(sandbox, 'stderr'), logBytes),
  }
  return {
    write: (stream, bytes) => files[stream].write(bytes),
    close: async () => {
      await files.stdout.close()
      await files.stderr.close()
    },
  }
}

class RotatingFile {
  readonly #path: string
  readonly #limit: number
  #file: FileHandle | undefined
  #size = 0

  constructor(path: string, limit: number) {
    this.#path = path
    this.#limit = limit
  }

  async write(bytes: Uint8Array): Promise<void> {
    let file = this.#file ?? (await this.#open())
    if (this.#size > 0 && this.#size + bytes.length > this.#limit) {
      await file.close()
      await rename(this.#path, `${this.#path}.1`)
      file = await this.#open()
    }
    await file.writeFile(bytes)
    this.#size += bytes.length
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path, 'a', 0o644)
    this.#file = file
    this.#size = (await file.stat()).size
    return file
  }
}
