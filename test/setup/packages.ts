import { existsSync } from 'node:fs'
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { ConfigError } from '../../src/kernel/errors.ts'
import { withLock } from '../lab/lock.ts'
import { tryRun, type RunResult } from '../lab/run-command.ts'

/** What lab hosts and images need on the machine. */
export const labPackages = [
  ...['docker.io', 'containerd', 'mmdebstrap', 'iproute2', 'iptables', 'procps', 'util-linux', 'perl-base'],
  ...['openssh-client', 'ca-certificates'],
] as const

/** What the tests need beside a lab: a real sshd and a real ZooKeeper on loopback addresses. */
export const testPackages = [
  ...labPackages,
  ...[
    'openssh-server',
    'sshpass',
    'sudo',
    'opendoas',
    'openssl',
    'passwd',
    'openjdk-17-jre-headless',
    'libzookeeper-java',
  ],
  ...['busybox-static', 'curl', 'ansible', 'git'],
  // A terminal emulator that a test drives, and shells: to complete words, and as login shells.
  ...['tmux', 'zsh', 'fish', 'tcsh'],
] as const

/** What the tests of timeline.html need: a real browser. */
export const browserPackages = ['chromium'] as const

/** What the Vagrantfile's tests need; vagrant-libvirt only validates, no daemon comes with it. */
export const vagrantPackages = ['vagrant', 'vagrant-libvirt', 'rsync'] as const

export interface EnsurePackagesOptions {
  readonly report?: (line: string) => void
}

/**
 * Installs those of the Debian packages that are missing, as root on Debian or Ubuntu. No service is started by it: the
 * machine's own Docker, sshd and network stay as they are. Elsewhere it throws a ConfigError with the command to run.
 */
export async function ensurePackages(
  names: readonly string[],
  options: EnsurePackagesOptions = {},
): Promise<void> {
  const missing = await missingPackages(names)
  if (missing.length === 0) return
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`
  if (!(await isDebian()) || process.getuid?.() !== 0) {
    throw new ConfigError(`packages are missing on this machine: ${missing.join(', ')}`, [], {
      hint: (await isDebian())
        ? `run as root: ${command}`
        : "install what they hold by your system's own means",
    })
  }
  options.report?.(`installing packages: ${missing.join(' ')}`)
  await withLock('/run/lock/kmesos-packages', () => withoutServiceStarts(() => install(missing, command)))
}

/** Those that dpkg does not know as installed. Empty on a system without dpkg whose programs are there all the same. */
async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await tryRun([
    'dpkg-query',
    '--show',
    '--showformat',
    '${Package} ${db:Status-Status}\\n',
    ...names,
  ])
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  )
  return names.filter((name) => !installed.has(name))
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release) && existsSync('/usr/bin/apt-get')
}

async function install(names: readonly string[], command: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' }
  const words = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', 'install', ...names]
  const attempt = async (): Promise<RunResult> => await tryRun(['apt-get', ...words], { env })
  let result = await attempt()
  if (result.code !== 0) {
    // Lists may be missing or old: fetch them and try once more.
    await tryRun(['apt-get', '-q', 'update'], { env })
    result = await attempt()
  }
  if (result.code === 0) return
  throw new ConfigError(`cannot install ${names.join(', ')}: apt-get ended with ${result.code}`, [], {
    detail: `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-15).join('\n'),
    hint: `run it by hand: ${command}`,
  })
}

const policyFile = '/usr/sbin/policy-rc.d'
const policyAside = '/usr/sbin/policy-rc.d.kmesos-aside'
const policyMark = '# by kmesos, while packages are installed'

/** A policy-rc.d that answers 101 keeps packages' scripts from starting (or restarting) any service. */
async function withoutServiceStarts(work: () => Promise<void>): Promise<void> {
  await restorePolicy()
  if (existsSync(policyFile)) await rename(policyFile, policyAside)
  await writeFile(policyFile, `#!/bin/sh\n${policyMark}\nexit 101\n`)
  await chmod(policyFile, 0o755)
  try {
    await work()
  } finally {
    await restorePolicy()
  }
}

/** Also after a run that was killed in the middle: its mark tells whose file it is. */
async function restorePolicy(): Promise<void> {
  const text = await readFile(policyFile, 'utf8').catch(() => '')
  if (text.includes(policyMark)) await rm(policyFile)
  if (existsSync(policyAside)) await rename(policyAside, policyFile)
}
