import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ConfigError, FailedError } from '../../src/kernel/errors.ts'
import type { ErrorEvent, Reporter, RunEvent } from '../../src/reporter/types.ts'

export interface KmesosRun {
  readonly words: readonly string[]
  readonly projectDir: string
  readonly reporter: Reporter
  readonly signal: AbortSignal
}

/**
 * Runs the real program as a child and hands its events on into our own phase. Throws FailedError with the child's own
 * message and way out when it does not end with 0.
 */
export async function runKmesos(run: KmesosRun): Promise<{ readonly changed: boolean }> {
  const program = join(run.projectDir, 'dist', 'kmesos.js')
  if (!existsSync(program)) throw new ConfigError(`${program} is missing`, [], { hint: 'run: npm run build' })
  const child = spawn(process.execPath, [program, ...run.words, '--output', 'json'], {
    cwd: run.projectDir,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = (): void => void child.kill('SIGTERM')
  run.signal.addEventListener('abort', stop)
  const told: Told = { changed: false, stray: [] }
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => void (stderr = (stderr + chunk.toString('utf8')).slice(-20_000)))
  createInterface({ input: child.stdout }).on('line', (line) => relay(line, run.reporter, told))
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended))
  })
  run.signal.removeEventListener('abort', stop)
  run.signal.throwIfAborted()
  if (code === 0) return { changed: told.changed }
  const command = `kmesos ${run.words.join(' ')}`
  const { error } = told
  throw new FailedError(`${command} ended with ${code ?? signal}${error ? `: ${error.message}` : ''}`, {
    detail: error?.detail ?? [...told.stray, stderr.trim()].filter(Boolean).join('\n'),
    hint: error?.hint ?? `run it by hand: node dist/kmesos.js ${run.words.join(' ')} --verbose`,
  })
}

interface Told {
  changed: boolean
  error?: ErrorEvent
  /** Lines that are no events. */
  readonly stray: string[]
}

function relay(line: string, reporter: Reporter, told: Told): void {
  const event = parseEvent(line)
  if (!event) return void told.stray.push(line)
  if (event.kind === 'error') told.error = event
  else if (event.kind === 'run-ended') told.changed = event.changed
  else if (event.kind === 'phase-started') {
    // Its phases are steps of ours.
    reporter.report({ kind: 'play-started', play: event.phase, hosts: [], at: event.at })
  } else if (!['run-started', 'phase-ended', 'recap'].includes(event.kind)) reporter.report(event)
}

function parseEvent(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'kind' in value ? (value as RunEvent) : undefined
  } catch {
    return undefined
  }
}
