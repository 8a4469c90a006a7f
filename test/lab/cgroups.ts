import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigError, TimeoutError } from '../../src/kernel/errors.ts'

/** One mounted hierarchy: version 1 has one for each set of controllers, version 2 has one for all. */
export interface Hierarchy {
  readonly path: string
  readonly version: 1 | 2
  /** What `mount -t cgroup -o` takes, and the name of the folder below /sys/fs/cgroup: `cpu,cpuacct`, `name=systemd`. */
  readonly options: string
}

/** The hierarchies of this machine, from /proc/self/mountinfo. */
export function parseHierarchies(mountinfo: string): readonly Hierarchy[] {
  const found: Hierarchy[] = []
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ')
    const path = mount.split(' ')[4] ?? ''
    const [type = '', , superOptions = ''] = source.split(' ')
    if (type === 'cgroup2') found.push({ path, version: 2, options: '' })
    if (type !== 'cgroup') continue
    const options = superOptions
      .split(',')
      .filter((option) => !notControllers.has(option) && !/^release_agent/.test(option))
    found.push({ path, version: 1, options: options.join(',') })
  }
  return found
}

const notControllers = new Set(['rw', 'ro', 'xattr', 'clone_children', 'noprefix', 'seclabel', 'relatime'])

export async function loadHierarchies(): Promise<readonly Hierarchy[]> {
  const found = parseHierarchies(await readFile('/proc/self/mountinfo', 'utf8'))
  if (found.length === 0) {
    throw new ConfigError('no cgroups are mounted below /sys/fs/cgroup', [], {
      hint: 'lab hosts need them; mount cgroup2 on /sys/fs/cgroup',
    })
  }
  return found
}

/** Makes the cgroup in every hierarchy and returns its folders, to be entered by writing a pid to `cgroup.procs`. */
export async function makeCgroup(
  hierarchies: readonly Hierarchy[],
  path: string,
): Promise<readonly string[]> {
  for (const hierarchy of hierarchies) {
    let folder = hierarchy.path
    for (const name of path.split('/')) {
      if (hierarchy.version === 2) await enableControllers(folder)
      const parent = folder
      folder = join(folder, name)
      await mkdir(folder, { recursive: true })
      if (existsSync(join(folder, 'cpuset.cpus')) && hierarchy.version === 1) await copyCpuset(parent, folder)
    }
  }
  return hierarchies.map((hierarchy) => join(hierarchy.path, path))
}

/** A new version 1 cpuset is empty, and nothing can run in it. */
async function copyCpuset(parent: string, child: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    await writeFile(join(child, file), await readFile(join(parent, file)))
  }
}

async function enableControllers(folder: string): Promise<void> {
  const controllers = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim()
  for (const controller of controllers === '' ? [] : controllers.split(' ')) {
    // One at a time: a controller that cannot be had below this folder must not keep the others out.
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`).catch(() => undefined)
  }
}

/** All processes of the cgroup and the cgroups below it. */
export async function processesOf(
  hierarchies: readonly Hierarchy[],
  path: string,
): Promise<readonly number[]> {
  const pids = new Set<number>()
  for (const hierarchy of hierarchies) {
    for (const folder of await foldersBelow(join(hierarchy.path, path))) {
      const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
      for (const line of text.split('\n')) if (Number(line) > 0) pids.add(Number(line))
    }
  }
  return [...pids]
}

/** Stops (or lets go on) every process of the cgroup where it stands: sockets stay open, timers do not fire. */
export async function setFrozen(
  hierarchies: readonly Hierarchy[],
  path: string,
  frozen: boolean,
): Promise<void> {
  const freezer = freezerOf(hierarchies)
  if (!freezer) throw new ConfigError('this machine has no freezer cgroup, so no lab host can be frozen')
  await setFolderFrozen(freezer, join(freezer.path, path), frozen)
}

function freezerOf(hierarchies: readonly Hierarchy[]): Hierarchy | undefined {
  const version1 = hierarchies.find(({ options }) => options.split(',').includes('freezer'))
  return version1 ?? hierarchies.find(({ version }) => version === 2)
}

async function setFolderFrozen({ version }: Hierarchy, folder: string, frozen: boolean): Promise<void> {
  if (version === 1) await writeFile(join(folder, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED')
  else await writeFile(join(folder, 'cgroup.freeze'), frozen ? '1' : '0')
}

/** Also what the host's own Docker has paused. */
async function thawAll(hierarchies: readonly Hierarchy[], path: string): Promise<void> {
  const freezer = freezerOf(hierarchies)
  if (!freezer) return
  for (const folder of await foldersBelow(join(freezer.path, path))) {
    await setFolderFrozen(freezer, folder, false).catch(() => undefined)
  }
}

/** Kills what runs in the cgroup and removes it from every hierarchy. A cgroup that is not there is removed already. */
export async function destroyCgroup(hierarchies: readonly Hierarchy[], path: string): Promise<void> {
  await killAll(hierarchies, path)
  for (const hierarchy of hierarchies) {
    for (const folder of await foldersBelow(join(hierarchy.path, path))) await removeFolder(folder)
  }
}

async function killAll(hierarchies: readonly Hierarchy[], path: string): Promise<void> {
  const deadline = Date.now() + killMs
  for (;;) {
    const pids = await processesOf(hierarchies, path)
    if (pids.length === 0) return
    for (const pid of pids) kill(pid)
    // A frozen process takes the signal only when it is let go.
    await thawAll(hierarchies, path)
    if (Date.now() > deadline)
      throw new TimeoutError(`processes ${pids.join(', ')} of cgroup ${path} do not end`)
    await delay(10)
  }
}

const killMs = 20_000

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The kernel may hold an empty cgroup for some milliseconds after its last process has ended. */
async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rmdir(folder)
      return
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT') return
      if (code !== 'EBUSY' || attempt > 200) throw error
      await delay(10)
    }
  }
}

/** The folder and all below it, children first. */
async function foldersBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (!entries) return []
  const below: string[] = []
  for (const entry of entries)
    if (entry.isDirectory()) below.push(...(await foldersBelow(join(folder, entry.name))))
  return [...below, folder]
}
