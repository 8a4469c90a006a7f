import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { KmesosError } from '../src/kernel/errors.ts'
import { mapLimit } from '../src/kernel/pool.ts'
import { ensurePackages, testPackages } from './setup/packages.ts'

/**
 * Runs test files, each in a process of its own (uvu shares globals and has no time-outs), and ends with one line
 * `N passed, N failed, N skipped`.   npm test [-- unit|content|contract|integration|FILE…]
 * A file that ends without uvu's summary, or without any test, counts as failed.
 */
interface Stage {
  readonly name: string
  readonly atOnce: number
  readonly fileTimeoutMs: number
  /** Uses real servers of Debian's packages. */
  readonly real?: boolean
}

interface FileResult {
  readonly file: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly seconds: number
  readonly output: string
}

const minute = 60_000
// Contract and integration files share the lab and the two cores: one at a time, in the order of their names.
const stages: readonly Stage[] = [
  { name: 'unit', atOnce: availableParallelism(), fileTimeoutMs: 2 * minute },
  { name: 'content', atOnce: availableParallelism(), fileTimeoutMs: 2 * minute },
  { name: 'contract', atOnce: 1, fileTimeoutMs: 5 * minute, real: true },
  { name: 'integration', atOnce: 1, fileTimeoutMs: 25 * minute, real: true },
]

function stageOf(file: string): string {
  const folder = file.split('/')[1] ?? ''
  return stages.some((stage) => stage.name === folder) ? folder : 'unit'
}

async function testFiles(): Promise<readonly string[]> {
  const entries = await readdir('test', { recursive: true })
  return entries
    .filter((entry) => entry.endsWith('.test.ts'))
    .map((entry) => join('test', entry))
    .sort()
}

function runFile(file: string, timeoutMs: number): Promise<FileResult> {
  const started = performance.now()
  return new Promise((done) => {
    // Its own process group, so that a file that hangs is ended with all that it started.
    const child = spawn(process.execPath, ['--import', 'tsx', file], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child.pid ?? 0)
    let output = ''
    let late = false
    const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'))
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    const timer = setTimeout(() => {
      late = true
      endGroup(child.pid)
    }, timeoutMs)
    child.on('close', (code) => {
      clearTimeout(timer)
      running.delete(child.pid ?? 0)
      const note = late ? `\n${file} did not end within ${timeoutMs / minute} minutes` : ''
      done({
        file,
        seconds: (performance.now() - started) / 1000,
        output: output + note,
        ...countsOf(output, code),
      })
    })
  })
}

const running = new Set<number>()
let skippedFiles = 0

function endGroup(pid: number | undefined): void {
  if (!pid) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it ended by itself
  }
}

/** Reads uvu's summary. Colors are off because the output is a pipe. */
function countsOf(output: string, code: number | null): Pick<FileResult, 'passed' | 'failed' | 'skipped'> {
  const sum = (word: string): number =>
    [...output.matchAll(new RegExp(`^\\s*${word}:\\s+(\\d+)`, 'gm'))].reduce(
      (total, found) => total + Number(found[1]),
      0,
    )
  const total = sum('Total')
  const passed = sum('Passed')
  const skipped = sum('Skipped')
  const failed = total - passed
  const broken = total + skipped === 0 || (code !== 0 && failed === 0)
  return { passed, skipped, failed: failed + (broken ? 1 : 0) }
}

function print(result: FileResult): void {
  const verdict = result.failed > 0 ? 'FAILED' : 'ok'
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : ''
  console.log(
    `${verdict.padEnd(6)} ${result.file} (${result.passed} passed${skipped}) ${result.seconds.toFixed(1)} s`,
  )
  const told = result.output.split('\n').filter((line) => /^(SKIPPED|NOTE|SEED)\b/.test(line))
  if (result.failed > 0) console.log(result.output.trimEnd())
  else if (told.length > 0) console.log(told.join('\n'))
}

function selected(files: readonly string[], words: readonly string[]): readonly string[] {
  if (words.length === 0) return files
  return files.filter((file) => words.some((word) => stageOf(file) === word || file.includes(word)))
}

/** Installs what the real servers come from; undefined when that worked, else the reason. */
async function missingPackages(): Promise<string | undefined> {
  try {
    await ensurePackages(testPackages, { report: (line) => console.log(line) })
    return undefined
  } catch (error) {
    if (!(error instanceof KmesosError)) throw error
    return `${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}`
  }
}

async function main(): Promise<void> {
  const files = selected(await testFiles(), process.argv.slice(2))
  const results: FileResult[] = []
  let left: string | undefined
  for (const stage of stages) {
    const own = files.filter((file) => stageOf(file) === stage.name)
    if (own.length === 0) continue
    if (stage.real) left ??= await missingPackages()
    if (stage.real && left !== undefined) {
      console.log(`\nNOT RUN: the ${own.length} ${stage.name} files. ${left}`)
      skippedFiles += own.length
      continue
    }
    console.log(`\n${stage.name}: ${own.length} files`)
    await mapLimit(own, stage.atOnce, async (file) => {
      const result = await runFile(file, stage.fileTimeoutMs)
      print(result)
      results.push(result)
    })
  }
  const sum = (member: 'passed' | 'failed' | 'skipped'): number =>
    results.reduce((total, result) => total + result[member], 0)
  const broken = results.filter((result) => result.failed > 0)
  console.log(broken.length > 0 ? `\nfailed:\n${broken.map((result) => `  ${result.file}`).join('\n')}` : '')
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped') + skippedFiles} skipped`)
  process.exitCode = results.length === 0 || sum('failed') > 0 ? 1 : 0
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const pid of running) endGroup(pid)
    process.exit(130)
  })
}
await main()
