import { spawn, type ChildProcess } from 'node:child_process'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SshdOptions {
  /** Loopback addresses to listen on; default one, 127.0.0.1. */
  readonly addresses?: readonly string[]
  /** One sshd for all addresses, however many: it listens on any address and lets nobody in but from loopback. */
  readonly oneForAll?: boolean
  readonly hostKeyTypes?: readonly ('ed25519' | 'ecdsa' | 'rsa')[]
  readonly maxStartups?: string
  readonly maxSessions?: number
  readonly passwordAuthentication?: boolean
  /** Questions by PAM. */
  readonly keyboardInteractive?: boolean
  readonly sftp?: boolean
  /** Certificates for the host keys, signed by a fresh authority (`ca.pub` in the folder); words for `ssh-keygen -s`. */
  readonly certificates?: { readonly words: readonly string[]; readonly caType: string }
  /** VERBOSE unless told. */
  readonly logLevel?: string
  /** More lines of sshd_config. */
  readonly extra?: readonly string[]
}

/** A private, real sshd of this machine's OpenSSH, run as root in the foreground. */
export interface Sshd {
  readonly folder: string
  readonly port: number
  readonly addresses: readonly string[]
  /** An ed25519 key that may log in as any user of this machine. */
  readonly keyFile: string
  /** One process for each 16 addresses. */
  readonly pids: readonly number[]
  /** Lines for a known_hosts file: every address with every host key. */
  knownHosts(): Promise<string>
  /** Pids of the sessions of this sshd, those without rights (of users other than root) among them; no commands. */
  sessions(): Promise<readonly number[]>
  /** What sshd has written so far. */
  log(): string
  /** Ends it and removes its folder, sessions included. */
  stop(): Promise<void>
}

/** Makes a key pair without a passphrase, or with one. */
export async function makeKey(
  file: string,
  options: { type?: string; passphrase?: string } = {},
): Promise<void> {
  await run('ssh-keygen', [
    '-q',
    '-t',
    options.type ?? 'ed25519',
    '-N',
    options.passphrase ?? '',
    '-C',
    'kmesos-test',
    '-f',
    file,
  ])
}

/** Lets one more public key in. */
export async function authorize(sshd: Sshd, keyFile: string): Promise<void> {
  const file = join(sshd.folder, 'authorized_keys')
  await writeFile(file, (await readFile(file, 'utf8')) + (await readFile(`${keyFile}.pub`, 'utf8')))
}

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), 'kmesos-sshd-'))
  await chmod(folder, 0o755)
  // sshd's own folder for privilege separation; Debian makes it when the service starts, which it does not here.
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const addresses = options.addresses ?? ['127.0.0.1']
  const port = await freePort(addresses[0] ?? '127.0.0.1')
  const keyTypes = options.hostKeyTypes ?? ['ed25519']
  for (const type of keyTypes) await makeKey(join(folder, `host_${type}`), { type })
  if (options.certificates) await certify(folder, keyTypes, options.certificates)
  const keyFile = join(folder, 'id_ed25519')
  await makeKey(keyFile)
  await writeFile(join(folder, 'authorized_keys'), await readFile(`${keyFile}.pub`))
  await chmod(join(folder, 'authorized_keys'), 0o644)
  const listened = options.oneForAll === true ? ['0.0.0.0'] : addresses
  const children = await Promise.all(
    chunksOf(listened, maxListenSockets).map((chunk, index) =>
      spawnSshd(join(folder, `sshd_config.${index}`), { folder, options, port, addresses: chunk }),
    ),
  )
  const pids = children.map((child) => child.pid)
  return {
    folder,
    port,
    addresses,
    keyFile,
    pids,
    knownHosts: () => knownHostsText(folder, { port, addresses, keyTypes }),
    sessions: async () => (await Promise.all(pids.map(sessionsBelow))).flat(),
    log: () => children.map((child) => child.log()).join(''),
    stop: async () => {
      await Promise.all(children.map((child) => stop(child.process)))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function certify(
  folder: string,
  keyTypes: readonly string[],
  { words, caType }: { readonly words: readonly string[]; readonly caType: string },
): Promise<void> {
  const authority = join(folder, 'ca')
  await makeKey(authority, { type: caType })
  const keys = keyTypes.map((type) => join(folder, `host_${type}.pub`))
  await run('ssh-keygen', ['-q', '-s', authority, '-h', '-I', 'kmesos-test', ...words, ...keys])
}

/** Compiled into sshd. */
const maxListenSockets = 16

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

interface RunningSshd {
  readonly process: ChildProcess
  readonly pid: number
  log(): string
}

interface SshdPlace {
  readonly folder: string
  readonly options: SshdOptions
  readonly port: number
  readonly addresses: readonly string[]
}

async function spawnSshd(configFile: string, place: SshdPlace): Promise<RunningSshd> {
  await writeFile(configFile, configText(place))
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  const log = (): string => text
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const pid = await listening(child, { log, addresses: place.addresses })
  return { process: child, pid, log }
}

function configText({ folder, options, port, addresses }: SshdPlace): string {
  return [
    ...addresses.map((address) => `ListenAddress ${address}:${port}`),
    ...(options.hostKeyTypes ?? ['ed25519']).map((type) => `HostKey ${folder}/host_${type}`),
    ...(options.certificates
      ? (options.hostKeyTypes ?? ['ed25519']).map((type) => `HostCertificate ${folder}/host_${type}-cert.pub`)
      : []),
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'PidFile none',
    'StrictModes no',
    `UsePAM ${options.keyboardInteractive === true ? 'yes' : 'no'}`,
    'UseDNS no',
    'PermitRootLogin yes',
    'PrintMotd no',
    `LogLevel ${options.logLevel ?? 'VERBOSE'}`,
    `MaxStartups ${options.maxStartups ?? '1000'}`,
    `MaxSessions ${options.maxSessions ?? 100}`,
    `PasswordAuthentication ${options.passwordAuthentication === true ? 'yes' : 'no'}`,
    `KbdInteractiveAuthentication ${options.keyboardInteractive === true ? 'yes' : 'no'}`,
    ...(options.oneForAll === true ? ['AllowUsers *@127.0.0.0/8'] : []),
    ...(options.sftp === false ? [] : ['Subsystem sftp internal-sftp']),
    ...(options.extra ?? []),
    '',
  ].join('\n')
}

async function listening(
  child: ChildProcess,
  place: { log: () => string; addresses: readonly string[] },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', () => {
      const ready = (place.log().match(/Server listening on/g) ?? []).length
      if (ready >= place.addresses.length) resolve()
    })
    child.once('exit', (code) => reject(new Error(`sshd ended with ${String(code)}: ${place.log()}`)))
    child.once('error', reject)
  })
  if (child.pid === undefined) throw new Error('sshd has no pid')
  return child.pid
}

async function knownHostsText(
  folder: string,
  about: { port: number; addresses: readonly string[]; keyTypes: readonly string[] },
): Promise<string> {
  const lines: string[] = []
  for (const type of about.keyTypes) {
    const key = (await readFile(join(folder, `host_${type}.pub`), 'utf8')).split(' ').slice(0, 2).join(' ')
    for (const address of about.addresses) lines.push(`[${address}]:${about.port} ${key}`)
  }
  return `${lines.join('\n')}\n`
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  for (const pid of await sessionsBelow(child.pid)) kill(pid, 'SIGKILL')
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Ends one process; one that is gone is no fault. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

/** A user other than root has two processes: the second one holds the connection. */
async function sessionsBelow(pid: number): Promise<readonly number[]> {
  const monitors = await childrenOf(pid)
  const inner = await Promise.all(monitors.map(childrenOf))
  const isSshd = await Promise.all(inner.flat().map(async (child) => (await nameOf(child)) === 'sshd'))
  return [...monitors, ...inner.flat().filter((_, index) => isSshd[index])]
}

async function nameOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** A port of loopback that nobody listens on now. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const found = server.address()
  server.close()
  await once(server, 'close')
  if (found === null || typeof found === 'string') throw new Error('no port')
  return found.port
}

/** Whether something listens there; for tests that end an sshd. */
export function isListening(port: number, address = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
