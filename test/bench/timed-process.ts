import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface ProcessCost {
  /** Wall time. */
  readonly seconds: number
  /** Resident memory at its highest, of the process itself. */
  readonly peakRssMb: number
}

/** Runs a whole process; throws with its output when it fails. */
export async function timedProcess(argv: readonly string[], home: string): Promise<ProcessCost> {
  const [program = '', ...words] = argv
  const started = performance.now()
  const child = spawn(program, words, {
    env: { ...process.env, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer): void => void (output += chunk.toString('utf8'))
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  let peakKb = 0
  // The kernel keeps the highest value itself; it is gone with the process, so it is read while that runs.
  const watch = setInterval(() => void peakOf(child.pid).then((kb) => (peakKb = Math.max(peakKb, kb))), 50)
  const code = await new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done))
  const seconds = (performance.now() - started) / 1000
  clearInterval(watch)
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ended with exit code ${code}:\n${output}`)
  return { seconds, peakRssMb: peakKb / 1024 }
}

async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
}
