import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../../src/kernel/errors.ts'
import { makeCgroup, type Hierarchy } from './cgroups.ts'
import type { HostRecord } from './host-options.ts'
import { plugIn } from './lab-network.ts'
import { lastLines } from './run-command.ts'

export interface BootContext {
  /** The host's own folder. */
  readonly folder: string
  readonly network: string
  readonly cgroup: string
  readonly hierarchies: readonly Hierarchy[]
}

const enter = fileURLToPath(new URL('lab-enter', import.meta.url))

/**
 * Starts a host's first process and plugs its cable in. From then on it lives without us. Were we killed before that,
 * it would see its standard input closed, and end.
 */
export async function bootHost(record: HostRecord, context: BootContext): Promise<void> {
  const cgroups = await makeCgroup(context.hierarchies, context.cgroup)
  const address = `${context.network}.${record.octet}`
  const words = [record.name, context.folder, record.rootfs, address, record.options.init ?? 'systemd']
  const console_ = openSync(join(context.folder, 'console.log'), 'w')
  const child = spawn(enter, [...cgroups, '--', ...words], {
    detached: true,
    stdio: ['pipe', console_, console_, 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LAB_HIERARCHIES: mountWords(context.hierarchies),
      LAB_DOCKER_DISK: record.options.dockerDisk ?? '',
    },
  })
  closeSync(console_)
  // A host that ends before the line is read closes the pipe: its console says why.
  child.stdin?.on('error', () => undefined)
  const pid = await firstPid(child, record.name, context.folder)
  await stepAside(child.pid ?? 0, context)
  await writeInit(context.folder, pid)
  await plugIn(context.network, record.octet, pid)
  child.stdin?.end('go\n')
  child.unref()
}

/**
 * Moves `unshare`, which waits for the host outside of its namespaces, to a cgroup beside the host's: a version 2 cgroup
 * with a process of its own cannot hand controllers down, and the host's systemd cannot see this one to move it.
 */
async function stepAside(pid: number, { cgroup, hierarchies }: BootContext): Promise<void> {
  const version2 = hierarchies.filter(({ version }) => version === 2)
  for (const folder of await makeCgroup(version2, `${dirname(cgroup)}/outside`)) {
    await writeFile(join(folder, 'cgroup.procs'), String(pid))
  }
}

/** Empty where the machine has cgroup2 alone. */
function mountWords(hierarchies: readonly Hierarchy[]): string {
  return hierarchies
    .filter(({ version }) => version === 1)
    .map(({ options }) => options)
    .join(' ')
}

async function firstPid(child: ChildProcess, name: string, folder: string): Promise<number> {
  const told = child.stdio[3] as Readable
  const text = await new Promise<string>((resolve) => {
    told.once('data', (data: Buffer) => resolve(data.toString()))
    told.once('end', () => resolve(''))
    child.once('error', () => resolve(''))
  })
  told.destroy()
  if (Number(text) > 0) return Number(text)
  throw new CommandError(`lab host ${name} did not start`, { detail: await consoleTail(folder) })
}

export async function consoleTail(folder: string): Promise<string> {
  return lastLines(await readFile(join(folder, 'console.log'), 'utf8').catch(() => ''), 20)
}

async function writeInit(folder: string, pid: number): Promise<void> {
  await writeFile(join(folder, 'init'), `${pid} ${await startTime(pid)}`)
}

/** The machine's pid of a host's first process, or undefined when the host is off. */
export async function readInit(folder: string): Promise<number | undefined> {
  const [pid, started] = (await readFile(join(folder, 'init'), 'utf8').catch(() => '')).split(' ')
  if (pid === undefined || started === undefined) return undefined
  return (await startTime(Number(pid))) === started ? Number(pid) : undefined
}

export async function forgetInit(folder: string): Promise<void> {
  await rm(join(folder, 'init'), { force: true })
}

/** In clock ticks since the machine's boot: with it, a pid that was given out again is not mistaken for the old one. */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? '' : (fields[19] ?? '')
}
