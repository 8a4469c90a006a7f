import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../../bootstrap/build.mjs'
import type { RunEvent } from '../../src/reporter/types.ts'
import type { Lab } from '../lab/lab.ts'
import { openTestLab } from '../lab/test-lab.ts'

/** One lab host with the cluster on it, and the real program. */
export interface DeployLab {
  readonly lab: Lab
  readonly host: string
  readonly address: string
  readonly folder: string
  /** Runs `kmesos WORDS` with inventory and passwords; gives its end. */
  readonly kmesos: (words: readonly string[], options?: KmesosOptions) => Promise<KmesosEnd>
  readonly close: () => Promise<void>
}

export interface KmesosOptions {
  /** SIGKILL so many milliseconds after its start. */
  readonly killAfterMs?: number
}

export interface KmesosEnd {
  /** Undefined when it was killed. */
  readonly code: number | undefined
  readonly events: readonly RunEvent[]
  readonly stdout: string
  readonly stderr: string
}

const images = ['zookeeper', 'engine', 'mariadb', 'memcached', 'keystone', 'toolbox']

/** Brings up a host with all images of the profile `minimal`; nothing is bootstrapped yet. */
export async function openDeployLab(name: string, number: number): Promise<DeployLab> {
  await build({ quiet: true })
  const folder = await mkdtemp(join(tmpdir(), `kmesos-${name}-`))
  const opened = await openTestLab(name, number)
  const { lab } = opened
  const address = lab.address(11)
  await lab.up('aio', 11, { images })
  await lab.waitReady('aio')
  const way = `ansible_host=${address} ansible_user=root ansible_ssh_private_key_file=${lab.privateKeyFile}`
  await writeFile(join(folder, 'hosts'), `aio ${way}\n`)
  return {
    ...{ lab, host: 'aio', address, folder },
    kmesos: (words, options) => runProgram(words, folder, options),
    close: async () => {
      await opened.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function runProgram(
  words: readonly string[],
  folder: string,
  options: KmesosOptions = {},
): Promise<KmesosEnd> {
  const program = join(import.meta.dirname, '../../dist/kmesos.js')
  const [verb = '', ...rest] = words
  const inventories = [join(import.meta.dirname, '../../inventory/all-in-one'), join(folder, 'hosts')]
  const shared = [
    ...inventories.flatMap((file) => ['-i', file]),
    ...(verb === 'bootstrap' ? [] : ['--passwords', join(folder, 'passwords.yml')]),
    ...(verb === 'password' ? [] : ['--host-key-checking', 'off']),
    ...['--output', 'json'],
  ]
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, verb, ...rest, ...shared], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    const { killAfterMs } = options
    const kill = (): void => void child.kill('SIGKILL')
    const timer = killAfterMs === undefined ? undefined : setTimeout(kill, killAfterMs)
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? undefined, events: eventsOf(stdout), stdout, stderr })
    })
  })
}

function eventsOf(stdout: string): readonly RunEvent[] {
  return stdout.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return []
    try {
      return [JSON.parse(line) as RunEvent]
    } catch {
      // The last line of a killed program.
      return []
    }
  })
}

/** Whether a run that ended well changed anything. */
export function changedBy(end: KmesosEnd): boolean {
  return end.events.some((event) => event.kind === 'run-ended' && event.changed)
}
