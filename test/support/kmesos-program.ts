import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { build } from '../../bootstrap/build.mjs'

/** The bundled program with a home and a working folder of its own: nothing of this machine's SSH or runs is seen. */
export interface KmesosProgram {
  readonly folder: string
  /** Writes a file below the folder, with the folders above it; gives its path. */
  readonly write: (path: string, text: string) => Promise<string>
  readonly run: (words: readonly string[], options?: ProgramOptions) => Promise<ProgramEnd>
  readonly start: (words: readonly string[], options?: ProgramOptions) => RunningProgram
  readonly close: () => Promise<void>
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>
}

export interface RunningProgram {
  readonly process: ChildProcess
  readonly ended: Promise<ProgramEnd>
  /** Resolves when the output so far matches; fails when the program ends before. */
  readonly says: (pattern: RegExp) => Promise<void>
}

export interface ProgramEnd {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** Builds dist/ when a source is newer, and makes the folder. */
export async function openKmesosProgram(name: string): Promise<KmesosProgram> {
  await build({ quiet: true })
  const folder = await mkdtemp(join(tmpdir(), `kmesos-${name}-`))
  const start = (words: readonly string[], options: ProgramOptions = {}): RunningProgram =>
    startProgram(words, folder, options)
  return {
    folder,
    write: async (path, text) => {
      const file = join(folder, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      return file
    },
    run: (words, options) => start(words, options).ended,
    start,
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

const programFile = join(import.meta.dirname, '../../dist/kmesos.js')

function startProgram(
  words: readonly string[],
  folder: string,
  { environment = {} }: ProgramOptions,
): RunningProgram {
  const started = performance.now()
  const child = spawn(process.execPath, [programFile, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  const listeners = new Set<() => void>()
  const tell = (): void => listeners.forEach((listener) => listener())
  child.stdout.on('data', (chunk: Buffer) => ((stdout += chunk.toString('utf8')), tell()))
  child.stderr.on('data', (chunk: Buffer) => ((stderr += chunk.toString('utf8')), tell()))
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.on('close', (code) => {
      resolve({ code: code ?? undefined, stdout, stderr, seconds: (performance.now() - started) / 1000 })
    })
  })
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stdout + stderr)) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
      void ended.then(() => reject(new Error(`ended before it said ${pattern}:\n${stdout}${stderr}`)))
    })
  return { process: child, ended, says }
}

export interface Expectation {
  readonly code: number
  /** What standard error must say: the thing, the reason. */
  readonly says: readonly (string | RegExp)[]
  /** What the line `hint:` must say. */
  readonly hint?: string | RegExp
}

/** Asserts how a run failed: exit code, words, the way out; and that no stack of ours is shown. */
export function assertFailure(end: ProgramEnd, { code, says, hint }: Expectation): void {
  const all = `${end.stdout}\n--- stderr\n${end.stderr}`
  assert.is(end.code, code, all)
  for (const words of says) assert.match(end.stderr, words, `does not say ${words}:\n${all}`)
  if (hint !== undefined) {
    const hints = end.stderr.split('\n').filter((line) => line.startsWith('hint: '))
    assert.match(hints.join('\n'), hint, `no hint ${hint}:\n${all}`)
  }
  assert.not.match(all, /^\s+at .+:\d+:\d+\)?$/m, 'shows a stack')
  assert.not.match(all, /internal error|\[object Object\]/, 'shows a fault of ours')
}
