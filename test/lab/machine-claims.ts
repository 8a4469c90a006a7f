import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '../../src/kernel/errors.ts'
import { withLock } from './lock.ts'
import { tryRun } from './run-command.ts'

/** What labs share on a machine, kept where it is gone after a reboot, as the things themselves are. */
const folder = '/run/kmesos-lab'
const claimsFolder = join(folder, 'networks')
const lockFile = join(folder, 'lock')

const inotifyFile = '/proc/sys/fs/inotify/max_user_instances'
/** A host with systemd takes about 12; the usual 128 are used up by ten hosts. */
const inotifyInstances = 4096

/**
 * Takes a network for the lab in `dir`, and prepares the machine once for all labs. Throws a ConfigError when a lab in
 * another folder has the network.
 */
export async function claimMachine(tag: string, dir: string): Promise<void> {
  await withLock(lockFile, async () => {
    await mkdir(claimsFolder, { recursive: true })
    const claim = join(claimsFolder, tag)
    const holder = await readFile(claim, 'utf8').catch(() => dir)
    if (holder !== dir && existsSync(join(holder, 'hosts'))) {
      throw new ConfigError(`the network 10.${tag.replace('-', '.')} belongs to the lab in ${holder}`, [], {
        hint: 'choose another one with --network or KMESOS_LAB_NET',
      })
    }
    await raiseInotify()
    if (!existsSync('/run/netns')) await writeFile(join(folder, 'made-netns'), '')
    await writeFile(claim, dir)
  })
}

/** Gives the network back; the last lab puts the machine's settings back too. */
export async function releaseMachine(tag: string): Promise<void> {
  if (!existsSync(folder)) return
  await withLock(lockFile, async () => {
    await rm(join(claimsFolder, tag), { force: true })
    const left = await readdir(claimsFolder).catch(() => [])
    if (left.length > 0) return
    await restoreInotify()
    // `ip netns` mounts /run/netns on itself when it makes its first namespace, and leaves it.
    if (existsSync(join(folder, 'made-netns'))) await removeNetnsFolder()
    await rm(folder, { recursive: true, force: true })
  })
}

/** Networks of the labs that are up on this machine. */
export async function claimedNetworks(): Promise<readonly string[]> {
  const tags = await readdir(claimsFolder).catch(() => [])
  return tags.map((tag) => `10.${tag.replace('-', '.')}`)
}

async function raiseInotify(): Promise<void> {
  const now = (await readFile(inotifyFile, 'utf8')).trim()
  if (Number(now) >= inotifyInstances) return
  await writeFile(join(folder, 'inotify'), now)
  await writeFile(inotifyFile, String(inotifyInstances))
}

async function restoreInotify(): Promise<void> {
  const before = await readFile(join(folder, 'inotify'), 'utf8').catch(() => undefined)
  if (before === undefined) return
  const now = (await readFile(inotifyFile, 'utf8')).trim()
  if (Number(now) === inotifyInstances) await writeFile(inotifyFile, before)
}

async function removeNetnsFolder(): Promise<void> {
  const names = await readdir('/run/netns').catch(() => ['unknown'])
  if (names.length > 0) return
  await tryRun(['umount', '/run/netns'])
  await rmdir('/run/netns').catch(() => undefined)
}
