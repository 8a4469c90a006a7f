import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, open, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensurePackages } from '../setup/packages.ts'
import { eventually } from './eventually.ts'

const run = promisify(execFile)

/** A Docker daemon of a test's own, with one tiny image: busybox and nothing else. Containers use the host's network. */
export interface TestDocker {
  readonly socketPath: string
  readonly directory: string
  docker(...argv: string[]): Promise<string>
  /** Ends the daemon as a power cut would; its containers end with it. */
  stop(): Promise<void>
}

export const busyboxImage = 'busybox:test'

const dockerd = '/usr/sbin/dockerd'
const busybox = '/bin/busybox'

const packages = ['docker.io', 'containerd', 'busybox-static'] as const

/** Why no daemon can be started here; undefined when one can. Installs what is missing where that is possible. */
export async function dockerMissing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root'
  if ([dockerd, busybox].every((path) => existsSync(path))) return undefined
  try {
    await ensurePackages(packages)
    return undefined
  } catch (error) {
    return String(error)
  }
}

/** Starts a daemon in its own mount namespace, without bridge and iptables, so that nothing of this machine changes. */
export async function startDocker(): Promise<TestDocker> {
  const directory = await mkdtemp(join(tmpdir(), 'kmesos-docker-'))
  const socketPath = join(directory, 'docker.sock')
  const docker = async (...argv: string[]): Promise<string> => {
    const client = await run('/usr/bin/docker', ['-H', `unix://${socketPath}`, ...argv]).catch(
      (error: { stderr?: string }) => {
        throw new Error(`docker ${argv[0]}: ${error.stderr ?? String(error)}`)
      },
    )
    return client.stdout.trim()
  }
  const daemon = await startDaemon(directory, socketPath)
  const stop = (): Promise<void> => stopDaemon(daemon, directory)
  try {
    await eventually(
      () =>
        docker('info').then(
          () => true,
          () => false,
        ),
      30_000,
    )
    await importBusybox(directory, docker)
  } catch (error) {
    const log = await readFile(join(directory, 'log'), 'utf8')
    await stop()
    throw new Error(`no test Docker: ${String(error)}\n${log.split('\n').slice(-20).join('\n')}`, {
      cause: error,
    })
  }
  return { socketPath, directory, docker, stop }
}

async function startDaemon(directory: string, socketPath: string): Promise<ChildProcess> {
  const log = await open(join(directory, 'log'), 'w')
  const argv = [
    '--mount',
    '--propagation',
    'private',
    dockerd,
    '--data-root',
    join(directory, 'data'),
    '--exec-root',
    join(directory, 'exec'),
    '-H',
    `unix://${socketPath}`,
    '--pidfile',
    join(directory, 'pid'),
    '--bridge',
    'none',
    '--iptables=false',
    '--storage-driver',
    'vfs',
    '--shutdown-timeout',
    '1',
  ]
  const daemon = spawn('unshare', argv, { stdio: ['ignore', log.fd, log.fd], detached: true })
  await log.close()
  return daemon
}

async function stopDaemon(daemon: ChildProcess, directory: string): Promise<void> {
  if (daemon.exitCode === null && daemon.pid !== undefined) {
    const ended = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await ended
  }
  await rm(directory, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined)
}

async function importBusybox(directory: string, docker: TestDocker['docker']): Promise<void> {
  const root = join(directory, 'busybox')
  for (const name of ['bin', 'tmp', 'etc']) await mkdir(join(root, name), { recursive: true })
  await copyFile(busybox, join(root, 'bin', 'busybox'))
  await chmod(join(root, 'bin', 'busybox'), 0o755)
  const applets = [
    'sh',
    'sleep',
    'echo',
    'cat',
    'env',
    'true',
    'false',
    'nc',
    'httpd',
    'touch',
    'rm',
    'test',
    'kill',
    'ls',
    'id',
    'seq',
    'mkdir',
    'wget',
  ]
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet))
  const archive = join(directory, 'busybox.tar')
  await run('tar', ['-C', root, '-cf', archive, '.'])
  await docker('import', archive, busyboxImage)
}
