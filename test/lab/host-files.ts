import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, chown, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { HostRecord, HostUser } from './host-options.ts'
import { run } from './run-command.ts'

export interface HostPlace {
  /** The host's own layer over the shared root file system. */
  readonly upper: string
  readonly address: string
  /** Public key of the lab, one line. */
  readonly publicKey: string
}

/** Writes what a host has of its own before its first boot: name, keys, users, the settings of sshd and dockerd. */
export async function writeHostFiles(record: HostRecord, place: HostPlace): Promise<void> {
  const { upper, address } = place
  const { options } = record
  const put = async (path: string, text: string, mode = 0o644): Promise<void> => {
    await mkdir(dirname(join(upper, path)), { recursive: true })
    await writeFile(join(upper, path), text, { mode })
  }
  await put('etc/machine-id', `${randomUUID().replaceAll('-', '')}\n`)
  await put('etc/hostname', `${record.name}\n`)
  const names = ['127.0.0.1 localhost', `${address} ${record.name}`, ...(options.hostsFile ?? [])]
  await put('etc/hosts', `${names.join('\n')}\n`)
  await put('etc/resolv.conf', '# none: names are in /etc/hosts\n')
  await put('etc/docker/daemon.json', `${JSON.stringify({ ...daemonConfig, ...options.dockerConfig })}\n`)
  // Files are read in the order of their names and the first word wins.
  if (options.sshd) await put('etc/ssh/sshd_config.d/00-host.conf', `${options.sshd.join('\n')}\n`)
  await writeHostKey(upper, record)
  await put('root/.ssh/authorized_keys', `${place.publicKey}\n`, 0o600)
  for (const folder of ['root', 'root/.ssh']) await chmod(join(upper, folder), 0o700)
  await writeAccounts(record, place)
  if (options.docker === 'masked') await maskDocker(upper)
  if (options.docker === 'absent') await hideDocker(upper)
}

// Containers share the host's network; a host has no route to the outside that a bridge could lead to.
const daemonConfig = { bridge: 'none', iptables: false, 'storage-driver': 'overlay2' }

async function writeHostKey(upper: string, record: HostRecord): Promise<void> {
  const file = join(upper, 'etc/ssh/ssh_host_ed25519_key')
  await mkdir(dirname(file), { recursive: true })
  if (record.options.hostKey === undefined) {
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `root@${record.name}`, '-f', file])
    return
  }
  await writeFile(file, record.options.hostKey, { mode: 0o600 })
  const { stdout } = await run(['ssh-keygen', '-y', '-f', file], {
    what: `read the host key of ${record.name}`,
  })
  await writeFile(`${file}.pub`, stdout)
}

async function writeAccounts(record: HostRecord, place: HostPlace): Promise<void> {
  const { rootPassword, users = [] } = record.options
  if (rootPassword === undefined && users.length === 0) return
  const tables = new Map<string, string>()
  for (const name of ['passwd', 'shadow', 'group', 'gshadow']) {
    const file = join(place.upper, 'etc', name)
    await copyFile(join(record.rootfs, 'etc', name), file)
    tables.set(name, await readFile(file, 'utf8'))
  }
  if (rootPassword !== undefined) {
    const hash = await hashPassword(rootPassword)
    tables.set(
      'shadow',
      (tables.get('shadow') ?? '').replace(/^root:[^:]*/m, () => `root:${hash}`),
    )
  }
  for (const [index, user] of users.entries()) await addUser(user, firstUserId + index, { tables, place })
  for (const [name, text] of tables) await writeFile(join(place.upper, 'etc', name), text)
}

const firstUserId = 1000

interface AddUserContext {
  readonly tables: Map<string, string>
  readonly place: HostPlace
}

async function addUser(user: HostUser, id: number, { tables, place }: AddUserContext): Promise<void> {
  const append = (table: string, line: string): void =>
    void tables.set(table, `${tables.get(table) ?? ''}${line}\n`)
  append('passwd', `${user.name}:x:${id}:${id}::/home/${user.name}:/bin/bash`)
  append('group', `${user.name}:x:${id}:`)
  append('gshadow', `${user.name}:!::`)
  const hash = user.password === undefined ? '*' : await hashPassword(user.password)
  append('shadow', `${user.name}:${hash}:19000:0:99999:7:::`)
  const home = join(place.upper, 'home', user.name)
  // /home itself is for all: only the last folder of a recursive mkdir must have the narrow mode.
  await mkdir(dirname(home), { recursive: true })
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  if (user.authorized !== false)
    await writeFile(join(home, '.ssh/authorized_keys'), `${place.publicKey}\n`, { mode: 0o600 })
  for (const path of ['', '.ssh', ...(user.authorized === false ? [] : ['.ssh/authorized_keys'])]) {
    await chown(join(home, path), id, id)
  }
  if (user.sudo === undefined || user.sudo === 'none') return
  const rule = user.sudo === 'nopasswd' ? 'NOPASSWD: ALL' : 'ALL'
  await mkdir(join(place.upper, 'etc/sudoers.d'), { recursive: true, mode: 0o750 })
  await writeFile(join(place.upper, 'etc/sudoers.d', user.name), `${user.name} ALL=(ALL) ${rule}\n`, {
    mode: 0o440,
  })
}

/** crypt(3) through perl, which every Debian has; the password goes by stdin. */
async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(6).toString('hex')
  const { stdout } = await run(['perl', '-e', `print crypt(<STDIN>, '$6$${salt}$')`], {
    what: 'hash a password',
    input: password,
  })
  return stdout
}

const dockerUnits = ['docker.service', 'docker.socket', 'containerd.service']

async function maskDocker(upper: string): Promise<void> {
  await mkdir(join(upper, 'etc/systemd/system'), { recursive: true })
  for (const unit of dockerUnits) await symlink('/dev/null', join(upper, 'etc/systemd/system', unit))
}

/** A character device 0/0 in an overlay's upper layer hides the file below it. */
async function hideDocker(upper: string): Promise<void> {
  const hidden = [
    ...[
      'usr/bin/docker',
      'usr/sbin/dockerd',
      'usr/bin/containerd',
      'usr/bin/docker-proxy',
      'usr/bin/docker-init',
    ],
    ...dockerUnits.map((unit) => `lib/systemd/system/${unit}`),
    ...dockerUnits.map((unit) => `etc/systemd/system/multi-user.target.wants/${unit}`),
    ...['etc/systemd/system/sockets.target.wants/docker.socket', 'etc/init.d/docker'],
  ]
  for (const path of hidden) {
    // /lib is a link to /usr/lib: what lies behind it is hidden there.
    const file = join(upper, path.replace(/^lib\//, 'usr/lib/'))
    await mkdir(dirname(file), { recursive: true })
    await run(['mknod', file, 'c', '0', '0'], { what: `hide /${path}` })
  }
}
