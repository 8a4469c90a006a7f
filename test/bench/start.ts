import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { eventually } from '../support/eventually.ts'
import { createWholeLab, type WholeLab } from '../support/start-lab.ts'
import { daemonSpec } from '../support/start-specs.ts'
import { median } from './percentiles.ts'

export interface StartFigures {
  /** Process start until the daemon's first instruction, medians. */
  readonly startMs: number
  /** A bare `node -e 0` from start to end. */
  readonly bareNodeMs: number
  /** `sh -c` from start to its first instruction. */
  readonly bareShellMs: number
  /** Resident memory while the daemon runs. */
  readonly rssMb: number
  readonly bundleKb: number
}

const runs = 9

/** What kmesos-start adds to a container's start: one service with a file, a secret and no requirements. */
export async function benchStart(): Promise<StartFigures> {
  const whole = await createWholeLab('benchstart')
  try {
    const file = { name: 'f', dest: whole.at('f.conf'), mode: '0600', digest: '' }
    const spec = daemonSpec('quick', {
      files: [file],
      // GNU date's %N: nanoseconds.
      daemon: { command: ['sh', '-c', `date +%s%N > ${whole.at('first')}; exec sleep 1000`] },
    })
    await whole.deployment.deploy(spec, {
      files: { f: '<%= greeting %>' },
      secrets: { password: 'bench-secret' },
    })
    const starts: number[] = []
    const memory: number[] = []
    for (let run = 0; run < runs; run++) {
      const { ms, rssMb } = await oneStart(whole)
      starts.push(ms)
      memory.push(rssMb)
    }
    return {
      startMs: median(starts),
      bareNodeMs: median(await times(() => endOf(process.execPath, ['-e', '0']))),
      bareShellMs: median(await times(() => endOf('sh', ['-c', ':']))),
      rssMb: median(memory),
      bundleKb: Math.round((await stat(whole.at('kmesos-start.cjs'))).size / 1024),
    }
  } finally {
    await whole.close()
  }
}

async function oneStart(whole: WholeLab): Promise<{ readonly ms: number; readonly rssMb: number }> {
  const begun = performance.timeOrigin + performance.now()
  const started = await whole.lab.start('quick')
  await eventually(async () => (await whole.registered('quick')).length === 1)
  const first = Number(whole.textOf('first')) / 1e6
  const status = readFileSync(`/proc/${started.process.pid}/status`, 'utf8')
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
  started.process.kill('SIGTERM')
  await started.exited
  return { ms: first - begun, rssMb }
}

async function endOf(file: string, args: readonly string[]): Promise<void> {
  await once(spawn(file, args, { stdio: 'ignore' }), 'exit')
}

async function times(work: () => Promise<void>): Promise<readonly number[]> {
  const taken: number[] = []
  for (let run = 0; run < runs; run++) {
    const begun = performance.now()
    await work()
    taken.push(performance.now() - begun)
  }
  return taken
}
