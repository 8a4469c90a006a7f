import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { hostname as machineName } from 'node:os'
import { systemClock } from '../../../src/kernel/clock.ts'
import { messageOf } from '../../../src/kernel/errors.ts'
import type { ConfigStore } from '../../../src/zookeeper/types.ts'
import { contend, watchLeader } from './candidacy.ts'
import { marathonFlags, needed, type Flags } from './flags.ts'
import { write } from './http-answers.ts'
import { answerAsStandby } from './leader-proxy.ts'
import { leadMarathon, type LeadingMarathon } from './leading-marathon.ts'
import { aclOf, openZk, parseZkAddress, type ZkAddress } from './zk-address.ts'

const words = {
  values: [
    ...[
      'master',
      'zk',
      'hostname',
      'http_address',
      'http_port',
      'https_address',
      'https_port',
      'http_credentials',
    ],
    ...[
      'http_realm',
      'framework_name',
      'failover_timeout',
      'mesos_role',
      'mesos_user',
      'webui_url',
      'executor',
    ],
    ...[
      'enable_features',
      'local_port_min',
      'local_port_max',
      'task_launch_timeout',
      'task_launch_confirm_timeout',
    ],
    ...['reconciliation_initial_delay', 'reconciliation_interval', 'zk_timeout', 'zk_session_timeout'],
    ...[
      'zk_connection_timeout',
      'zk_max_versions',
      'logging_level',
      'decline_offer_duration',
      'env_vars_prefix',
    ],
    ...['max_running_deployments', 'on_elected_prepare_timeout', 'graceful_shutdown_timeout'],
  ],
  switches: ['ha', 'disable_ha', 'checkpoint', 'disable_checkpoint', 'disable_http', 'suppress_offers'],
}

/** A stand-in for Marathon: the engine's API and deployments, with a Mesos cluster to run tasks and ZooKeeper for its state. */
export async function marathon(
  argv: readonly string[],
  end: (code: number, why: string) => void,
): Promise<void> {
  const flags = marathonFlags(words, argv, process.env)
  const [mesos, zk] = [
    parseZkAddress(needed(flags, 'master')),
    parseZkAddress(flags['zk'] ?? 'zk://localhost:2181/marathon'),
  ]
  const store = await openZk(zk).catch((error: unknown) => {
    end(100, messageOf(error))
    throw error
  })
  const port = Number(flags['http_port'] ?? 8080)
  const self = `${flags['hostname'] ?? machineName()}:${port}`
  const front = new Front({ flags, store, zk, mesos, self, end })
  const server = createServer((request, response) => void front.answer(request, response))
  server.on('error', (error) => end(111, messageOf(error)))
  server.listen(
    port,
    flags['http_address'] ?? '0.0.0.0',
    () => void front.stand().catch((error: unknown) => end(107, messageOf(error))),
  )
}

export interface MarathonParts {
  readonly flags: Flags
  readonly store: ConfigStore
  readonly zk: ZkAddress
  readonly mesos: ZkAddress
  /** `host:port` */
  readonly self: string
  readonly end: (code: number, why: string) => void
}

/** Stands for election and answers: as the leader by itself, else with the leader's words. */
class Front {
  readonly #parts: MarathonParts
  #leader: string | undefined
  #leads = false
  #leading: LeadingMarathon | undefined

  constructor(parts: MarathonParts) {
    this.#parts = parts
  }

  async stand(): Promise<void> {
    const { store, zk, self, end } = this.#parts
    const path = `${zk.path}/leader-curator`
    const signal = new AbortController().signal
    store.onState((state) => {
      // A leader ends at the first doubt; a standby stands again only as a new process.
      if (state === 'expired' || (this.#leads && state === 'disconnected'))
        end(101, 'ZooKeeper connection lost')
    }, signal)
    const own = await contend(store, {
      path,
      prefix: `${crypto.randomUUID()}-latch-`,
      data: self,
      acl: aclOf(zk),
    })
    watchLeader(store, { path, pattern: /-latch-\d+$/, signal }, (leader) => {
      if (this.#leads && leader?.node !== own) return end(103, 'leadership lost')
      this.#leader = leader?.data
      if (leader?.node === own && !this.#leads) this.#lead()
    })
  }

  #lead(): void {
    this.#leads = true
    process.stderr.write('Elected (LeaderLatchListener Interface)\n')
    leadMarathon({ ...this.#parts, clock: systemClock }).then(
      (leading) => (this.#leading = leading),
      (error: unknown) => this.#parts.end(107, messageOf(error)),
    )
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').replace(/\?.*$/, '')
    if (path === '/ping') return write(response, { status: 200, text: 'pong' })
    const { self, end } = this.#parts
    const serves = (): boolean => this.#leading !== undefined
    const answered = await answerAsStandby(request, response, { leader: () => this.#leader, self, serves })
    if (answered) return
    if (path === '/v2/leader' && request.method === 'DELETE') {
      write(response, { status: 200, json: { message: 'Leadership abdicated' } })
      response.on('close', () => end(104, 'leadership abdicated'))
      return
    }
    if (path === '/v2/info') return write(response, { status: 200, json: this.#info() })
    this.#leading?.answer(request, response)
  }

  #info(): object {
    const { flags, self } = this.#parts
    const { zk, master, ...others } = flags
    const hide = (text = ''): string => text.replace(/\/\/[^@/]*@/, '//***@')
    return {
      ...{ name: others['framework_name'] ?? 'marathon', version: '1.11.0', buildref: 'kmesos-lab' },
      ...{ elected: true, leader: self, frameworkId: this.#leading?.frameworkId() },
      marathon_config: {
        master: hide(master),
        ha: true,
        checkpoint: true,
        hostname: self.split(':')[0],
        mesos_user: others['mesos_user'],
      },
      zookeeper_config: { zk: hide(zk) },
      http_config: { http_port: Number(self.split(':')[1]), https_port: 8443 },
    }
  }
}
