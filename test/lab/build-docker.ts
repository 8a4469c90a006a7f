import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, openSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../src/kernel/errors.ts'
import type { Argv } from '../../src/kernel/shell.ts'
import { destroyCgroup, loadHierarchies, makeCgroup } from './cgroups.ts'
import { lastLines, run, tryRun } from './run-command.ts'

/** A Docker engine of our own that builds images, beside the machine's (if there is one) and without any touch of it. */
export interface BuildDocker {
  /** `docker -H unix://...`, to be followed by a command's words. */
  readonly cli: Argv
  /** What `docker build` needs to reach the package archives through the machine's own network. */
  readonly buildWords: Argv
}

/** Where the engine keeps its images; layers may be linked out of it while the engine's lock is held. */
export function buildDataDir(cacheDir: string): string {
  return join(cacheDir, 'build', 'data')
}

/** For files that live no longer than a build; emptied before and after each. */
export function buildScratchDir(cacheDir: string): string {
  return join(cacheDir, 'build', 'scratch')
}

/** Runs `work` with the engine up. Two of them on one cache must not run at once: hold its lock. */
export async function withBuildDocker<R>(
  cacheDir: string,
  work: (docker: BuildDocker) => Promise<R>,
): Promise<R> {
  const names = buildNames(cacheDir)
  await removeBuildRemains(cacheDir)
  for (const name of ['exec', 'scratch']) await mkdir(join(names.folder, name), { recursive: true })
  const hierarchies = await loadHierarchies()
  await makeCgroup(hierarchies, names.cgroup)
  await addUnusedBridge(names.bridge)
  const child = startDockerd(names)
  try {
    await untilAnswers(child, names)
    const cli = [dockerProgram, '-H', `unix://${names.socket}`]
    return await work({ cli, buildWords: ['--network', 'host', '--cgroup-parent', `/${names.cgroup}`] })
  } finally {
    await stop(child)
    await removeBuildRemains(cacheDir)
  }
}

/** What a killed build has left: its bridge, its cgroup, its sockets, half-made files. Images stay. */
export async function removeBuildRemains(cacheDir: string): Promise<void> {
  const names = buildNames(cacheDir)
  await tryRun(['ip', 'link', 'delete', names.bridge])
  await destroyCgroup(await loadHierarchies(), names.cgroup)
  for (const name of ['exec', 'scratch', 'docker.sock', 'dockerd.pid']) {
    await rm(join(names.folder, name), { recursive: true, force: true })
  }
}

// The distribution's client belongs to its engine; another one first in PATH may want a plug-in for `build`.
const dockerProgram = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker'

interface BuildNames {
  readonly folder: string
  readonly socket: string
  readonly log: string
  readonly bridge: string
  readonly cgroup: string
}

function buildNames(cacheDir: string): BuildNames {
  const id = createHash('sha256').update(cacheDir).digest('hex').slice(0, 8)
  const folder = join(cacheDir, 'build')
  return {
    folder,
    socket: join(folder, 'docker.sock'),
    log: join(folder, 'dockerd.log'),
    bridge: `kmlb${id}`,
    cgroup: `kmesos-lab-build-${id}`,
  }
}

/**
 * A dockerd without a bridge deletes a `docker0` that it finds, which may be the machine's own Docker's. So it is given a
 * bridge that nothing uses: a link-local address, and no route.
 */
async function addUnusedBridge(name: string): Promise<void> {
  await run(['ip', 'link', 'add', name, 'type', 'bridge'], { what: 'start the build engine' })
  await run(['ip', 'address', 'add', '169.254.77.1/30', 'dev', name, 'noprefixroute'], {
    what: 'start the build engine',
  })
}

/** In its own process and mount namespaces: all of it ends with us, and its layers can be hard-linked from outside. */
function startDockerd(names: BuildNames): ChildProcess {
  const log = openSync(names.log, 'w')
  const argv = [
    ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'],
    ...['--propagation', 'private', 'dockerd', '--data-root', join(names.folder, 'data')],
    ...['--exec-root', join(names.folder, 'exec'), '-H', `unix://${names.socket}`],
    ...['--pidfile', join(names.folder, 'dockerd.pid'), '--bridge', names.bridge, '--iptables=false'],
    ...['--ip-forward=false', '--ip-masq=false', '--storage-driver', 'overlay2', '--shutdown-timeout', '2'],
    ...['--cgroup-parent', `/${names.cgroup}`],
  ]
  return spawn('setpriv', argv, { stdio: ['ignore', log, log] })
}

async function untilAnswers(child: ChildProcess, names: BuildNames): Promise<void> {
  const deadline = Date.now() + startMs
  for (;;) {
    const { code } = await tryRun([dockerProgram, '-H', `unix://${names.socket}`, 'info'])
    if (code === 0) return
    const ended = child.exitCode !== null || child.signalCode !== null
    if (ended || Date.now() > deadline) {
      const why = ended ? 'ended at once' : `did not answer in ${startMs / 1000} s`
      throw new CommandError(`the build engine (dockerd) ${why}; its log is ${names.log}`, {
        detail: lastLines(await readFile(names.log, 'utf8'), 20),
        hint: 'if its images are damaged, `npm run lab -- clean --cache` makes them anew',
      })
    }
    await delay(100)
  }
}

const startMs = 60_000

/** SIGTERM goes to dockerd, which is process 1 of its namespace; its databases are closed in order. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const daemon = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim()
  if (daemon !== '') process.kill(Number(daemon), 'SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
  await exited
  clearTimeout(timer)
}

const stopMs = 15_000
