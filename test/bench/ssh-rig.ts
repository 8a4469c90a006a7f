import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeUser } from '../support/linux-users.ts'
import { startSshd } from '../support/sshd.ts'

/** Many addresses of a real sshd, and the files that each contender of a bench needs to log in on them. */
export interface SshRig {
  readonly folder: string
  readonly user: string
  readonly port: number
  readonly keyFile: string
  readonly addresses: readonly string[]
  /** OpenSSH configuration: user, key, port, known hosts. */
  readonly sshConfig: string
  /** One address per line: an inventory, and what xargs reads. */
  readonly hostsFile: string
  /** A folder in which the user may write. */
  readonly made: string
  close(): Promise<void>
}

/**
 * All log in as a user of the bench's own with a plain shell: what root's start-up files cost on this machine is nobody's
 * merit.
 */
export async function openSshRig(count: number): Promise<SshRig> {
  const addresses = Array.from(
    { length: count },
    (_, index) => `127.0.${1 + Math.floor(index / 200)}.${11 + (index % 200)}`,
  )
  const sshd = await startSshd({ addresses, maxStartups: '200:30:300', oneForAll: true })
  const user = await makeUser()
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-bench-'))
  const at = (name: string): string => join(folder, name)
  await chmod(folder, 0o755)
  await mkdir(at('made'))
  await chmod(at('made'), 0o777)
  await writeFile(at('known_hosts'), await sshd.knownHosts())
  const options = [
    ...['Host *', `  User ${user.name}`, `  Port ${sshd.port}`, `  IdentityFile ${sshd.keyFile}`],
    ...[`  UserKnownHostsFile ${at('known_hosts')}`, '  StrictHostKeyChecking yes', '  IdentitiesOnly yes'],
  ]
  await writeFile(at('ssh_config'), `${options.join('\n')}\n`)
  await writeFile(at('hosts'), `${addresses.join('\n')}\n`)
  const { port, keyFile } = sshd
  return {
    ...{ folder, port, keyFile, addresses },
    user: user.name,
    sshConfig: at('ssh_config'),
    hostsFile: at('hosts'),
    made: at('made'),
    close: async () => {
      await sshd.stop()
      await user.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** 12 tasks of the kinds that components are made of. All addresses are one machine, so each has a folder of its own. */
export function noopPlaybook(folder: string): string {
  const own = `${folder}/<%= inventory_hostname %>`
  const file = (index: number): string =>
    `    - { name: write file ${index}, copy: { content: "file ${index}\\n", dest: "${own}/f${index}", mode: "0640" } }`
  const folderTask = (name: string): string =>
    `    - { name: make ${name || 'the folder'}, file: { path: "${own}${name}", state: directory, mode: "0750" } }`
  return [
    '- name: a play with nothing to do',
    '  hosts: all',
    '  gather_facts: false',
    '  tasks:',
    ...['', '/a', '/b', '/c'].map(folderTask),
    ...Array.from({ length: 8 }, (_, index) => file(index)),
    '',
  ].join('\n')
}
