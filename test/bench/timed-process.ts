import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface ProcessCost {
  /** Wall time. */
  readonly seconds: number
  /** Resident memory at its highest, of the process itself. */
  readonly peakRssMb: number
  /** User and system time of the process itself, without its children; up to its last twentieth of a second. */
  readonly cpuSeconds: number
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
  let seen: Usage = { peakKb: 0, cpuSeconds: 0 }
  // The kernel keeps both itself; they are gone with the process, so they are read while that runs.
  const watch = setInterval(() => void usageOf(child.pid).then((now) => (seen = now ?? seen)), 50)
  const code = await new Promise<number | null>((done, failed) => child.on('error', failed).on('close', done))
  const seconds = (performance.now() - started) / 1000
  clearInterval(watch)
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ended with exit code ${code}:\n${output}`)
  return { seconds, peakRssMb: seen.peakKb / 1024, cpuSeconds: seen.cpuSeconds }
}

interface Usage {
  readonly peakKb: number
  readonly cpuSeconds: number
}

/** Clock ticks of proc(5) in a second, on every Linux that Node runs on. */
const ticks = 100

/** undefined: it has ended. */
async function usageOf(pid: number | undefined): Promise<Usage | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    const peakKb = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN)
    // Fields 14 and 15; the first two were cut off with the name.
    const cpuSeconds = (Number(stat[11]) + Number(stat[12])) / ticks
    return Number.isNaN(peakKb) ? undefined : { peakKb, cpuSeconds }
  } catch {
    return undefined
  }
}
