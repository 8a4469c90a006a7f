import { networkInterfaces } from 'node:os'
import { randomUUID } from 'node:crypto'
import { UsageError, messageOf } from '../../../src/kernel/errors.ts'
import type { ConfigStore } from '../../../src/zookeeper/types.ts'
import { contend, watchLeader, type Leader } from './candidacy.ts'
import { ClusterState } from './cluster-state.ts'
import { durationMs, mesosFlags, needed, type Flags } from './flags.ts'
import { listen, notFound, type Answer, type Call } from './http-answers.ts'
import { frameworksView, mesosVersion, metricsOf, slaveView, taskView } from './master-views.ts'
import { Registry, type RegistryValue } from './registry.ts'
import { SchedulerCalls } from './scheduler-calls.ts'
import { SlaveLinks } from './slave-links.ts'
import { aclOf, openZk, parseZkAddress, type ZkAddress } from './zk-address.ts'

const knownFlags = [
  ...['zk', 'quorum', 'work_dir', 'registry', 'ip', 'port', 'hostname', 'advertise_ip', 'advertise_port'],
  ...['hostname_lookup', 'cluster', 'roles', 'weights', 'allocation_interval', 'offer_timeout', 'acls'],
  ...['zk_session_timeout', 'agent_ping_timeout', 'max_agent_ping_timeouts', 'agent_reregister_timeout'],
  ...['log_dir', 'logging_level', 'log_auto_initialize'],
]

/** A stand-in for mesos-master; runs until it loses its leadership or is told to end. */
export async function mesosMaster(
  argv: readonly string[],
  end: (code: number, why: string) => void,
): Promise<void> {
  const flags = mesosFlags(knownFlags, argv, process.env)
  if (flags['registry'] === 'in_memory')
    throw new UsageError('Cannot use in_memory registry with a quorum of masters')
  const zk = parseZkAddress(needed(flags, 'zk'))
  const quorum = Number(needed(flags, 'quorum'))
  const store = await openZk(zk, durationMs(flags['zk_session_timeout'] ?? '10secs'))
  const ip = flags['advertise_ip'] ?? flags['ip'] ?? ownAddress()
  const port = Number(flags['advertise_port'] ?? flags['port'] ?? 5050)
  const registry = new Registry({
    ...{ workDir: needed(flags, 'work_dir'), quorum, store, self: `${ip}:${port}` },
    membersPath: `${zk.path}/log_replicas`,
    lost: (why) => end(1, why),
  })
  await registry.load()
  const master = new Master(flags, registry, { ip, port })
  await listen(Number(flags['port'] ?? port), flags['ip'] ?? '0.0.0.0', (call) => master.answer(call))
  await new Election(master, { store, zk, registry, end }).run()
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

interface ElectionOptions {
  readonly store: ConfigStore
  readonly zk: ZkAddress
  readonly registry: Registry
  readonly end: (code: number, why: string) => void
}

class Election {
  readonly #master: Master
  readonly #options: ElectionOptions
  readonly #signal = new AbortController().signal

  constructor(master: Master, options: ElectionOptions) {
    this.#master = master
    this.#options = options
  }

  async run(): Promise<void> {
    const { store, zk, registry, end } = this.#options
    const acl = aclOf(zk)
    store.onState((state) => {
      if (state === 'expired') end(1, 'Lost candidacy as a leader: the ZooKeeper session has expired')
    }, this.#signal)
    const { self } = this.#master
    await contend(store, { path: `${zk.path}/log_replicas`, prefix: 'member_', data: self, acl })
    const info = JSON.stringify(this.#master.info)
    const own = await contend(store, { path: zk.path, prefix: 'json.info_', data: info, acl })
    watchLeader(store, { path: zk.path, pattern: /^json\.info_\d+$/, signal: this.#signal }, (leader) => {
      if (this.#master.elected && leader?.node !== own) return end(1, 'Lost leadership')
      this.#master.leader = leader
      if (leader?.node === own) void this.#lead()
    })
    await registry.recover(this.#signal)
  }

  async #lead(): Promise<void> {
    const { registry, end } = this.#options
    try {
      await registry.lead(this.#signal)
      this.#master.elected = true
      process.stderr.write('Elected as the leading master!\n')
    } catch (error) {
      end(1, messageOf(error))
    }
  }
}

class Master {
  readonly self: string
  readonly info: { readonly id: string; readonly hostname: string; readonly pid: string }
  readonly #flags: Flags
  readonly #registry: Registry
  readonly #state = new ClusterState()
  readonly #scheduler: SchedulerCalls
  readonly #slaves: SlaveLinks
  readonly #startedAt = Date.now() / 1000
  leader: Leader | undefined
  elected = false

  constructor(
    flags: Flags,
    registry: Registry,
    { ip, port }: { readonly ip: string; readonly port: number },
  ) {
    this.#flags = flags
    this.#registry = registry
    this.self = `${ip}:${port}`
    const hostname = flags['hostname'] ?? ip
    const number = ip.split('.').reduceRight((sum, part) => sum * 256 + Number(part), 0)
    const address = { hostname, ip, port }
    this.info = Object.assign(
      { id: randomUUID(), hostname, pid: `master@${this.self}` },
      { ip: number, port, version: mesosVersion, address, capabilities: [{ type: 'AGENT_UPDATE' }] },
    )
    this.#scheduler = new SchedulerCalls(this.#state, () => this.#nextFramework())
    const pings = Number(flags['max_agent_ping_timeouts'] ?? 5)
    const unreachableMs = durationMs(flags['agent_ping_timeout'] ?? '15secs') * pings
    this.#slaves = new SlaveLinks({ state: this.#state, admit: (id) => this.#admit(id), unreachableMs })
  }

  async #nextFramework(): Promise<string> {
    const { nextFramework } = await this.#registry.write((value) => ({
      ...value,
      nextFramework: value.nextFramework + 1,
    }))
    return `${this.info.id}-${String(nextFramework - 1).padStart(4, '0')}`
  }

  async #admit(known: string | undefined): Promise<string> {
    if (known !== undefined && this.#registry.value.slaves.includes(known)) return known
    // Slaves come all at once: the number is free only inside of the write.
    const { slaves } = await this.#registry.write((value) => ({
      ...value,
      slaves: [...value.slaves, known ?? `${this.info.id}-S${value.slaves.length}`],
    }))
    return known ?? slaves.at(-1) ?? ''
  }

  async answer(call: Call): Promise<Answer | undefined> {
    const path = call.path.replace(/^\/master(?=\/)/, '').replace(/(.)\/$/, '$1')
    if (path === '/health') return { status: 200 }
    if (path === '/version') return { status: 200, json: { version: mesosVersion, build_user: 'kmesos-lab' } }
    if (path === '/flags') return { status: 200, json: { flags: this.#flags } }
    if (path === '/metrics/snapshot')
      return { status: 200, json: metricsOf(this.#state, this.elected, this.#registry.recovered) }
    if (path === '/log-replica') return await this.#replica(call)
    if (path === '/redirect') return this.#toLeader('')
    if (!this.elected) return this.#toLeader(call.path)
    if (path === '/api/v1/scheduler') return await this.#scheduler.answer(call)
    if (path === '/slave-link') return await this.#slaves.register(call)
    if (path === '/slave-link/update') return await this.#slaves.update(call)
    return this.#view(path)
  }

  /** 307 to the leader; to itself when that is us, 503 when there is none or it is not ready. */
  #toLeader(path: string): Answer {
    const data = this.leader
      ? (JSON.parse(this.leader.data) as { address: { ip: string; port: number } })
      : undefined
    if (!data) return { status: 503, text: 'No leader elected' }
    const leader = `${data.address.ip}:${data.address.port}`
    if (leader === this.self && path !== '') return { status: 503, text: 'Leader is not recovered yet' }
    return { status: 307, headers: { Location: `//${leader}${path}` } }
  }

  async #replica(call: Call): Promise<Answer> {
    const { value } = (await call.body()) as { value?: RegistryValue }
    if (value) await this.#registry.accept(value)
    return { status: 200, json: this.#registry.value }
  }

  #view(path: string): Answer {
    const slaves = [...this.#state.slaves.values()]
    const all = { slaves: slaves.map((slave) => slaveView(slave)) }
    const frameworks = frameworksView(this.#state)
    if (path === '/slaves') return { status: 200, json: { ...all, recovered_slaves: [] } }
    if (path === '/frameworks') return { status: 200, json: { frameworks, completed_frameworks: [] } }
    const tasks = slaves.flatMap((slave) => [...slave.tasks.values()].map(taskView))
    if (path === '/tasks') return { status: 200, json: { tasks } }
    if (path === '/state' || path === '/state-summary')
      return { status: 200, json: { ...this.#stateView(), ...all, frameworks } }
    return notFound
  }

  #stateView(): object {
    const { id, pid, hostname } = this.info
    const connected = [...this.#state.slaves.values()].filter(({ send }) => send !== undefined).length
    const port = Number(this.self.split(':')[1])
    return {
      ...{ version: mesosVersion, id, pid, hostname, cluster: this.#flags['cluster'], flags: this.#flags },
      ...{ leader: pid, leader_info: { id, pid, hostname, port }, start_time: this.#startedAt },
      ...{ activated_slaves: connected, deactivated_slaves: this.#state.slaves.size - connected },
      ...{ unreachable_slaves: 0, completed_frameworks: [], unregistered_frameworks: [] },
    }
  }
}
