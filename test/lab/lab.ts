import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError, ConfigError, TimeoutError } from '../../src/kernel/errors.ts'
import type { Argv } from '../../src/kernel/shell.ts'
import { bootHost, consoleTail, forgetInit, readInit } from './boot-host.ts'
import { ensureImages } from './build-images.ts'
import { destroyCgroup, loadHierarchies, setFrozen, type Hierarchy } from './cgroups.ts'
import type { HostOptions, HostRecord } from './host-options.ts'
import { netDown, netUp, setCable, unplug } from './lab-network.ts'
import { withLock } from './lock.ts'
import { claimMachine, releaseMachine } from './machine-claims.ts'
import { makeHost, readHost } from './make-host.ts'
import { answersDocker, answersSsh, listensSsh } from './probe-host.ts'
import { ensureRootfs } from './rootfs.ts'
import { run, tryRun, type RunOptions, type RunResult } from './run-command.ts'
import { labNames, labSettings, type LabNames, type LabSettings } from './settings.ts'

export interface OpenLabOptions extends Partial<LabSettings> {
  /** Told what takes long: making the root file system, building images. */
  readonly report?: (line: string) => void
}

export interface HostStatus {
  readonly name: string
  readonly address: string
  readonly octet: number
  readonly state: 'running' | 'off'
  readonly images: readonly string[]
}

/** Opens the lab of a folder and a network; makes nothing but the folder and the lab's key. */
export async function openLab(options: OpenLabOptions = {}): Promise<Lab> {
  if (process.getuid?.() !== 0) {
    throw new ConfigError('lab hosts need root (namespaces, mounts, cgroups)', [], { hint: 'run it as root' })
  }
  // Hosts' files are for their own users to read, whatever umask the operator has.
  process.umask(0o022)
  const settings = labSettings(options)
  await refuseOtherNetwork(settings)
  return new Lab(settings, await loadHierarchies(), options.report ?? (() => undefined))
}

async function refuseOtherNetwork(settings: LabSettings): Promise<void> {
  const file = join(settings.dir, 'network')
  const network = await readFile(file, 'utf8').catch(() => settings.network)
  if (network === settings.network) return
  throw new ConfigError(
    `the lab in ${settings.dir} has the network ${network}, not ${settings.network}`,
    [],
    {
      hint: `add --network ${network}, or choose another folder with --dir`,
    },
  )
}

/** Hosts on one machine: each with its own network, mounts, processes, systemd, sshd, Docker engine, address and disk. */
export class Lab {
  readonly settings: LabSettings
  /** Opens every host's root door. */
  readonly privateKeyFile: string
  /** The machine's own address in the lab. */
  readonly gateway: string
  readonly #hierarchies: readonly Hierarchy[]
  readonly #names: LabNames
  readonly #hostsDir: string
  readonly #report: (line: string) => void

  constructor(settings: LabSettings, hierarchies: readonly Hierarchy[], report: (line: string) => void) {
    this.settings = settings
    this.#hierarchies = hierarchies
    this.#names = labNames(settings.network)
    this.#hostsDir = join(settings.dir, 'hosts')
    this.#report = report
    this.privateKeyFile = join(settings.dir, 'id_ed25519')
    this.gateway = this.#names.gateway
  }

  address(octet: number): string {
    return `${this.settings.network}.${octet}`
  }

  /** Bridge and key; hosts bring it up by themselves. */
  async netUp(): Promise<void> {
    await mkdir(this.#hostsDir, { recursive: true })
    await withLock(join(this.settings.dir, 'lock'), async () => {
      await writeFile(join(this.settings.dir, 'network'), this.settings.network)
      await claimMachine(this.#names.tag, this.settings.dir)
      await netUp(this.settings.network)
      if (existsSync(`${this.privateKeyFile}.pub`)) return
      await rm(this.privateKeyFile, { force: true })
      await run([
        'ssh-keygen',
        '-q',
        '-t',
        'ed25519',
        '-N',
        '',
        '-C',
        'kmesos-lab',
        '-f',
        this.privateKeyFile,
      ])
    })
  }

  async netDown(): Promise<void> {
    await netDown(this.settings.network)
    await releaseMachine(this.#names.tag)
  }

  /**
   * Boots a host: the first time with a new disk that `options` describe, later with the disk that it has (and the octet
   * and options that it had). Does not wait: `waitReady`.
   */
  async up(name: string, octet: number, options: HostOptions = {}): Promise<void> {
    refuseBadName(name, octet)
    if ((await this.initPid(name)) !== undefined) throw new CommandError(`lab host ${name} is up already`)
    await this.netUp()
    const record = (await readHost(this.#hostsDir, name)) ?? (await this.#make(name, octet, options))
    await this.#powerOff(record)
    const { network } = this.settings
    const context = {
      folder: this.#folder(name),
      network,
      cgroup: this.#cgroup(name),
      hierarchies: this.#hierarchies,
    }
    await bootHost(record, context)
  }

  async #make(name: string, octet: number, options: HostOptions): Promise<HostRecord> {
    const taken = (await this.list()).find((host) => host.octet === octet)
    if (taken) throw new ConfigError(`${this.address(octet)} belongs to lab host ${taken.name}`)
    const { cacheDir } = this.settings
    const rootfs = await ensureRootfs(cacheDir, this.#report, options.flavor)
    const { images = [] } = options
    if (images.length > 0) await ensureImages({ cacheDir, names: images, report: this.#report })
    const record: HostRecord = { name, octet, rootfs, options }
    const publicKey = (await readFile(`${this.privateKeyFile}.pub`, 'utf8')).trim()
    await makeHost(record, { hostsDir: this.#hostsDir, cacheDir, address: this.address(octet), publicKey })
    return record
  }

  /** Waits until sshd lets users in and Docker (where the host has one) answers; about 0.5 s after `up`. */
  async waitReady(name: string, timeoutMs = 60_000): Promise<void> {
    const record = await this.#record(name)
    const deadline = Date.now() + timeoutMs
    let missing = await this.#missing(record)
    while (missing !== undefined) {
      if (Date.now() > deadline) throw await this.#notReady(record, missing, timeoutMs)
      await delay(readyPollMs)
      missing = await this.#missing(record)
    }
  }

  async #missing(record: HostRecord): Promise<string | undefined> {
    const pid = await this.initPid(record.name)
    if (pid === undefined) {
      throw new CommandError(`lab host ${record.name} is off`, {
        detail: await consoleTail(this.#folder(record.name)),
      })
    }
    if (!(await listensSsh(pid))) return 'sshd does not listen'
    if (!(await answersSsh(this.address(record.octet)))) return 'sshd does not answer'
    if (existsSync(`/proc/${pid}/root/run/nologin`)) return 'systemd lets only root in'
    if ((record.options.docker ?? 'running') !== 'running') return undefined
    return (await answersDocker(`/proc/${pid}/root/run/docker.sock`)) ? undefined : 'Docker does not answer'
  }

  async #notReady(record: HostRecord, missing: string, timeoutMs: number): Promise<TimeoutError> {
    const log = [
      'sh',
      '-c',
      'journalctl --no-pager -n 20 2>/dev/null; tail -n 20 /var/log/dockerd.log 2>/dev/null',
    ]
    const { stdout } = await this.trySh(record.name, log)
    const detail = [await consoleTail(this.#folder(record.name)), stdout].join('\n')
    return new TimeoutError(`lab host ${record.name} is not ready after ${timeoutMs / 1000} s: ${missing}`, {
      detail,
    })
  }

  /** Power off, at once: everything in the host ends, its disk stays. */
  async kill(name: string): Promise<void> {
    await this.#powerOff(await this.#record(name))
  }

  /** An orderly shutdown (0.5 s); power off after `graceMs`. */
  async down(name: string, graceMs = 20_000): Promise<void> {
    const record = await this.#record(name)
    const pid = await this.initPid(name)
    if (pid !== undefined) {
      const systemd = (record.options.init ?? 'systemd') === 'systemd'
      process.kill(pid, systemd ? poweroffSignal : 'SIGTERM')
      const deadline = Date.now() + graceMs
      while ((await this.initPid(name)) !== undefined && Date.now() < deadline) await delay(20)
    }
    await this.#powerOff(record)
  }

  async #powerOff(record: HostRecord): Promise<void> {
    await destroyCgroup(this.#hierarchies, this.#cgroup(record.name))
    await unplug(this.settings.network, record.octet)
    await forgetInit(this.#folder(record.name))
  }

  /** Pulls the cable: no packet goes in or out. */
  async cut(name: string): Promise<void> {
    await setCable(this.settings.network, (await this.#record(name)).octet, 'down')
  }

  async join(name: string): Promise<void> {
    await setCable(this.settings.network, (await this.#record(name)).octet, 'up')
  }

  /** The machine hangs: its sockets stay open and nothing answers. */
  async freeze(name: string): Promise<void> {
    await setFrozen(this.#hierarchies, this.#cgroup((await this.#record(name)).name), true)
  }

  async thaw(name: string): Promise<void> {
    await setFrozen(this.#hierarchies, this.#cgroup((await this.#record(name)).name), false)
  }

  /** Powers a host off and removes its disk. */
  async remove(name: string): Promise<void> {
    await this.#powerOff(await this.#record(name))
    const trash = join(this.#hostsDir, `.old-${name}-${process.pid}-${Date.now()}`)
    await rename(this.#folder(name), trash)
    await rm(trash, { recursive: true, force: true })
  }

  /** Runs a command inside a host as root, without SSH; throws CommandError unless it ends with 0. */
  async sh(name: string, argv: Argv, options: RunOptions = {}): Promise<RunResult> {
    return await run(await this.#inside(name, argv), { what: `${argv[0]} on ${name}`, ...options })
  }

  /** As `sh`, with any exit code. */
  async trySh(name: string, argv: Argv, options: RunOptions = {}): Promise<RunResult> {
    return await tryRun(await this.#inside(name, argv), options)
  }

  async #inside(name: string, argv: Argv): Promise<Argv> {
    const pid = await this.initPid(name)
    if (pid === undefined) throw new CommandError(`lab host ${name} is off`)
    return ['nsenter', '-t', String(pid), '-a', 'env', '-i', ...insideEnv, ...argv]
  }

  async list(): Promise<readonly HostStatus[]> {
    const names = await readdir(this.#hostsDir).catch(() => [])
    const hosts: HostStatus[] = []
    for (const name of names.sort()) {
      const record = await readHost(this.#hostsDir, name)
      if (!record || name.startsWith('.')) continue
      const state = (await this.initPid(name)) === undefined ? 'off' : 'running'
      const { octet } = record
      hosts.push({ name, address: this.address(octet), octet, state, images: record.options.images ?? [] })
    }
    return hosts
  }

  /** The machine's pid of a host's first process; undefined when it is off or unknown. */
  async initPid(name: string): Promise<number | undefined> {
    return await readInit(this.#folder(name))
  }

  /** Removes all hosts, what runs in them, the network, the lab's folder; and what a killed run has left of them. */
  async clean(): Promise<void> {
    await destroyCgroup(this.#hierarchies, this.#names.cgroup)
    await this.netDown()
    for (const name of ['hosts', 'id_ed25519', 'id_ed25519.pub', 'network', 'lock']) {
      await rm(join(this.settings.dir, name), { recursive: true, force: true, maxRetries: 5 })
    }
    const left = await readdir(this.settings.dir).catch(() => ['unknown'])
    if (left.length === 0) await rm(this.settings.dir, { recursive: true })
  }

  async #record(name: string): Promise<HostRecord> {
    const record = await readHost(this.#hostsDir, name)
    if (record) return record
    const known = (await this.list()).map((host) => host.name)
    throw new ConfigError(
      `no lab host ${name} in ${this.settings.dir}; ${known.length > 0 ? `there are ${known.join(', ')}` : 'there is none'}`,
    )
  }

  #folder(name: string): string {
    return join(this.#hostsDir, name)
  }

  #cgroup(name: string): string {
    return `${this.#names.cgroup}/${name}`
  }
}

const readyPollMs = 50
/** SIGRTMIN+4: systemd's word for `systemctl poweroff`. */
const poweroffSignal = 38
const insideEnv = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LANG=C.UTF-8',
]

function refuseBadName(name: string, octet: number): void {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new ConfigError(`a lab host's name has lower-case letters, digits and hyphens, got "${name}"`)
  }
  if (!Number.isInteger(octet) || octet < 2 || octet > 254) {
    throw new ConfigError(`a lab host's last number must be from 2 to 254, got ${octet}`)
  }
}
