import type { MarathonApp, Task } from '../../src/marathon/types.ts'
import { followCluster } from '../../src/phases/follow-cluster.ts'
import type { ClusterState } from '../../src/services/cluster-state.ts'
import { statusOf } from '../../src/services/cluster-state.ts'
import type { Credentials } from '../../src/secrets/types.ts'
import { satisfied } from '../../src/start-spec/satisfied.ts'
import { printRequirement } from '../../src/start-spec/requirement.ts'
import type { Requirement, StartSpec, StatusNode } from '../../src/start-spec/types.ts'
import { loginOf } from '../../src/zookeeper/identity.ts'
import { layoutOf } from '../../src/zookeeper/layout.ts'
import type { Acl, ConfigStore } from '../../src/zookeeper/types.ts'
import type { MemoryZooKeeper } from './memory-store.ts'

export interface SimulationOptions {
  readonly deployment: string
  readonly credentials: Credentials
  /** Steps (`keystone-api/db_sync`) that end with this error, retries used up. */
  readonly failing?: Map<string, string>
  /** Steps that never end. */
  readonly hanging?: Set<string>
  /** Services whose running containers take a changed configuration up only when this resolves. */
  readonly turns?: Map<string, Promise<void>>
}

/**
 * What kmesos-start does, as far as the launcher can see it: with the identities of its key file only, gates by watches, status
 * and registration nodes. So ACLs that are too tight, or digests that do not fit, fail tests of the launcher.
 */
export class SimulatedContainers {
  /** Steps that were run, in order. */
  readonly ran: string[] = []
  readonly #zookeeper: MemoryZooKeeper
  readonly #options: SimulationOptions

  constructor(zookeeper: MemoryZooKeeper, options: SimulationOptions) {
    this.#zookeeper = zookeeper
    this.#options = options
  }

  readonly launch = (app: MarathonApp, task: Task, signal: AbortSignal): void => {
    void this.#live(app.env?.KMESOS_SERVICE as string, task, signal).catch((error: unknown) => {
      if (!signal.aborted) this.ran.push(`broken: ${String(error)}`)
    })
  }

  async #live(service: string, task: Task, signal: AbortSignal): Promise<void> {
    const { deployment, credentials } = this.#options
    const key = credentials.keys.services.get(service)?.reveal() ?? ''
    const store = this.#zookeeper.connect([
      loginOf('reader', deployment, credentials.keys.reader.reveal()),
      loginOf({ service }, deployment, key),
    ])
    signal.addEventListener('abort', () => this.#zookeeper.endSession(store.sessionId))
    // As kmesos-start: a changed configuration begins the whole life again.
    let life = new AbortController()
    let done = Promise.resolve()
    const begin = (): void => {
      life.abort()
      life = new AbortController()
      const either = AbortSignal.any([signal, life.signal])
      done = done
        .then(() => this.#once({ service, task, store, signal: either }))
        .catch((error: unknown) => {
          if (!either.aborted) this.ran.push(`broken: ${String(error)}`)
        })
    }
    begin()
    let first = true
    const changed = (): void => {
      const turn = this.#options.turns?.get(service)
      if (!first && turn) void turn.then(begin)
      else if (!first) begin()
      first = false
    }
    store.watch(layoutOf(deployment).service(service), changed, { signal })
  }

  async #once({ service, task, store, signal }: OneLife): Promise<void> {
    const { deployment } = this.#options
    const layout = layoutOf(deployment)
    for (const path of [layout.registryOf(service, task.id), layout.waitingOf(service, task.id)])
      await store.remove(path)
    const specOf = async (name: string): Promise<StartSpec> =>
      JSON.parse((await store.read(layout.service(name)))?.data ?? '') as StartSpec
    const spec = await specOf(service)
    await store.read(layout.serviceSecrets(service))
    const names = (await store.children(layout.services)) ?? []
    const services = await Promise.all(
      names.map(async (name) => ({ spec: await specOf(name), hosts: ['h1'] })),
    )
    const bells = new Set<() => void>()
    const state = followCluster({
      ...{ store, layout, services, signal },
      onChange: () => bells.forEach((ring) => ring()),
      onError: (error) => this.ran.push(`watch: ${error.message}`),
    })
    const container = new Container({ store, spec, state, bells, signal, task, run: this })
    await container.live(deployment)
  }

  get options(): SimulationOptions {
    return this.#options
  }
}

interface OneLife {
  readonly service: string
  readonly task: Task
  readonly store: ConfigStore
  readonly signal: AbortSignal
}

interface Life {
  readonly store: ConfigStore
  readonly spec: StartSpec
  readonly state: ClusterState
  readonly bells: Set<() => void>
  readonly signal: AbortSignal
  readonly task: Task
  readonly run: SimulatedContainers
}

class Container {
  readonly #life: Life

  constructor(life: Life) {
    this.#life = life
  }

  async live(deployment: string): Promise<void> {
    const { spec, store, state, task, run, signal } = this.#life
    const layout = layoutOf(deployment)
    for (const command of spec.commands) {
      const done = statusOf(spec, command.name, state)
      if (command.runOnce && done?.state === 'done' && done.digest === command.digest) continue
      await this.#gate(command.name, command.requires, layout.waitingOf(spec.service, task.id))
      const id = `${spec.service}/${command.name}`
      const path = layout.statusOf(command.runOnce ? 'global' : { host: 'h1' }, spec.service, command.name)
      const error = run.options.failing?.get(id)
      if (run.options.hanging?.has(id)) {
        await this.#put(path, this.#status('running', command.digest))
        return
      }
      run.ran.push(id)
      await this.#put(path, this.#status(error === undefined ? 'done' : 'error', command.digest, error))
      if (error !== undefined) return
    }
    if (!spec.daemon) return
    await this.#gate('daemon', spec.daemon.requires, layout.waitingOf(spec.service, task.id))
    if (run.options.hanging?.has(`${spec.service}/daemon`)) return
    signal.throwIfAborted()
    run.ran.push(`${spec.service}/daemon`)
    const node = {
      host: 'h1',
      address: '10.0.0.1',
      ports: spec.daemon.ports,
      incarnation: task.id,
      since: now,
      config: spec.config,
      configSince: now,
    }
    const path = layout.registryOf(spec.service, task.id)
    await store.create(path, JSON.stringify(node), { acl: await this.#aclOf(path), ephemeral: true })
  }

  /** Waits by the watches; tells what for. */
  async #gate(step: string, requires: readonly Requirement[], path: string): Promise<void> {
    const { state, store, bells, signal } = this.#life
    signal.throwIfAborted()
    const open = (): boolean => requires.every((requirement) => satisfied(requirement, state, 'h1').met)
    if (open()) return
    const states = requires.map((requirement) => ({
      ...satisfied(requirement, state, 'h1'),
      requirement: printRequirement(requirement),
    }))
    const node = { host: 'h1', step, requires: states, since: now }
    await store.create(path, JSON.stringify(node), { acl: await this.#aclOf(path), ephemeral: true })
    await new Promise<void>((resolve, reject) => {
      const look = (): void => void (open() && resolve())
      bells.add(look)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      signal.throwIfAborted()
      look()
    })
    await store.remove(path)
  }

  #status(state: StatusNode['state'], digest: string, error?: string): StatusNode {
    const head = { state, digest, host: 'h1', instance: this.#life.task.id, attempt: 1, since: now }
    return error === undefined ? head : { ...head, error, log: ['the last line of stderr'] }
  }

  async #put(path: string, node: StatusNode): Promise<void> {
    const { store } = this.#life
    const data = JSON.stringify(node)
    if (await store.read(path)) await store.set(path, data)
    else await store.create(path, data, { acl: await this.#aclOf(path) })
  }

  /** As kmesos-start does: what it makes is as open as the folder. */
  async #aclOf(path: string): Promise<Acl> {
    return (await this.#life.store.getAcl(path.replace(/\/[^/]*$/, ''))) ?? []
  }
}

const now = '2026-01-01T00:00:00.000Z'
