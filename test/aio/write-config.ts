import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hostName, type AioSettings } from './settings.ts'

export interface LabAccess {
  readonly address: string
  readonly privateKeyFile: string
  /** The host's public key, one line: pinned, so that nobody else can stand in for it. */
  readonly hostKey: string
}

/** What stands on the command line of every kmesos verb that concerns the all-in-one. */
export function inventoryWords(settings: AioSettings): readonly string[] {
  return ['-i', 'inventory/all-in-one', '-i', join(relativeFolder(settings), 'hosts')]
}

export function passwordsFile(settings: AioSettings): string {
  return join(relativeFolder(settings), 'passwords.yml')
}

export function relativeFolder(settings: AioSettings): string {
  const { folder, projectDir } = settings
  return folder.startsWith(`${projectDir}/`) ? folder.slice(projectDir.length + 1) : folder
}

/** Writes the inventory of the lab host and its known host key; true when something was not so before. */
export async function writeConfig(settings: AioSettings, access: LabAccess): Promise<boolean> {
  await mkdir(settings.folder, { recursive: true, mode: 0o700 })
  const knownHosts = join(settings.folder, 'known_hosts')
  const hosts = await writeIfDifferent(
    join(settings.folder, 'hosts'),
    hostsFile(settings, access, knownHosts),
  )
  const key = await writeIfDifferent(knownHosts, `${access.address} ${keyWords(access.hostKey)}\n`)
  return hosts || key
}

function hostsFile(settings: AioSettings, access: LabAccess, knownHosts: string): string {
  const registry = settings.registry === undefined ? [] : [`image_registry=${settings.registry}`]
  return [
    '# Made by `npm run aio`: how to reach the lab host. The groups are in inventory/all-in-one.',
    `${hostName} ansible_connection=ssh ansible_host=${access.address} ansible_user=root`,
    '',
    `[all:vars]`,
    `ansible_ssh_private_key_file=${access.privateKeyFile}`,
    `ansible_ssh_common_args="-o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes"`,
    `image_source=${settings.images}`,
    ...registry,
    '',
  ].join('\n')
}

/** Type and key, without the comment. */
function keyWords(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(' ')
}

async function writeIfDifferent(file: string, text: string): Promise<boolean> {
  const before = await readFile(file, 'utf8').catch(() => undefined)
  if (before === text) return false
  await writeFile(file, text, { mode: 0o600 })
  return true
}
