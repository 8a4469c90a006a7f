import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '../../src/kernel/digest.ts'
import { loadAptSources, type AptSources } from './apt-sources.ts'
import { withLock } from './lock.ts'
import { endsWhole, run } from './run-command.ts'

/** What a lab host has installed. No Python: kmesos must not need it on a host. */
const packages = [
  ...[
    'systemd-sysv',
    'dbus',
    'libpam-systemd',
    'openssh-server',
    'docker.io',
    'sudo',
    'tini',
    'ca-certificates',
  ],
  ...['iproute2', 'iputils-ping', 'procps', 'kmod', 'netcat-openbsd', 'curl', 'less'],
]

/** Which root file system a host stands on. `python` has what Ansible's modules need on a host, and nothing else more. */
export type RootfsFlavor = 'plain' | 'python'

const flavorPackages: Readonly<Record<RootfsFlavor, readonly string[]>> = {
  plain: [],
  python: ['python3', 'python3-apt', 'python3-docker'],
}

/** Units that have no work in a lab host, or would slow its boot. */
const masked = [
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'fstrim.timer',
  ],
  ...['dpkg-db-backup.timer', 'getty.target', 'console-getty.service', 'systemd-networkd.service'],
]

const files: Readonly<Record<string, string>> = {
  'etc/systemd/system.conf.d/lab.conf': '[Manager]\nDefaultTimeoutStopSec=10s\n',
  'etc/systemd/journald.conf.d/lab.conf': '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\n',
  // MaxSessions is 10 by default: the eleventh channel of one connection would be refused.
  'etc/ssh/sshd_config.d/50-lab.conf':
    'PermitRootLogin yes\nPasswordAuthentication yes\nUseDNS no\nMaxStartups 100:30:200\nMaxSessions 100\n',
}

/**
 * The read-only root that all lab hosts share (an overlay's lower folder), made once for each content of this file and of
 * the machine's package sources. Takes about 25 s; returns its folder at once when it is there.
 */
export async function ensureRootfs(
  cacheDir: string,
  report: (line: string) => void,
  flavor: RootfsFlavor = 'plain',
): Promise<string> {
  const sources = await loadAptSources()
  const included = [...packages, ...flavorPackages[flavor]]
  const target = join(cacheDir, `rootfs-${rootfsDigest(included, sources)}`)
  if (existsSync(target)) return target
  const onWait = (): void => report('waiting for another process that makes the root file system')
  await withLock(
    join(cacheDir, 'rootfs.lock'),
    async () => {
      if (existsSync(target)) return
      report(`making the root file system of the lab hosts (${flavor})`)
      const started = Date.now()
      await removeUnfinished(cacheDir)
      const unfinished = join(cacheDir, `${unfinishedPrefix}${process.pid}`)
      await debootstrap(unfinished, included, sources)
      await adapt(unfinished)
      await rename(unfinished, target)
      report(`made the root file system in ${Math.round((Date.now() - started) / 1000)} s`)
    },
    { onWait },
  )
  return target
}

const unfinishedPrefix = 'unfinished-rootfs-'

function rootfsDigest(included: readonly string[], sources: AptSources): string {
  return digestOf({ packages: included, masked, files, sources: sources.lines }).slice(0, 12)
}

async function debootstrap(folder: string, included: readonly string[], sources: AptSources): Promise<void> {
  await run(
    [
      ...[
        ...endsWhole,
        'mmdebstrap',
        '--variant=minbase',
        '--dpkgopt=force-unsafe-io',
        `--include=${included.join(',')}`,
      ],
      ...aptOptions(sources).map((option) => `--aptopt=${option}`),
      ...['', folder, '-'],
    ],
    { what: 'make the root file system', input: `${sources.lines.join('\n')}\n` },
  )
}

/** For mmdebstrap: no recommended packages, no translations, and what the machine itself needs to reach its archives. */
export function aptOptions(sources: AptSources): readonly string[] {
  return ['APT::Install-Recommends "false"', 'Acquire::Languages "none"', ...sources.options]
}

async function adapt(root: string): Promise<void> {
  for (const folder of [
    'usr/share/doc',
    'usr/share/man',
    'usr/share/info',
    'usr/share/locale',
    'var/lib/apt/lists',
  ]) {
    await rm(join(root, folder), { recursive: true, force: true })
    await mkdir(join(root, folder), { recursive: true })
  }
  // Each host makes its own.
  for (const name of await readdir(join(root, 'etc/ssh'))) {
    if (name.startsWith('ssh_host_')) await rm(join(root, 'etc/ssh', name))
  }
  await rm(join(root, 'etc/machine-id'), { force: true })
  for (const unit of masked) {
    await rm(join(root, 'etc/systemd/system', unit), { force: true })
    await symlink('/dev/null', join(root, 'etc/systemd/system', unit))
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

/** Left by a killed run; we hold the lock, so nobody is at work on one. */
async function removeUnfinished(cacheDir: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  for (const name of await readdir(cacheDir)) {
    if (name.startsWith(unfinishedPrefix)) await rm(join(cacheDir, name), { recursive: true, force: true })
  }
}
