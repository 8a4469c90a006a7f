import { parseRegistryNode, parseStartSpec, parseStatusNode, type Parsed } from '../start-spec/parse.ts'
import { statusKey, type Observed } from '../start-spec/satisfied.ts'
import type { RegistryNode, Requirement, StartSpec, StatusNode } from '../start-spec/types.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore } from '../zookeeper/types.ts'
import { Changes } from './changes.ts'

/**
 * What this container knows of the others, kept up to date by watches on exactly the nodes that it asked for. Nothing is
 * polled: whoever waits is woken by the change.
 */
export class ClusterView implements Observed {
  readonly specs = new Map<string, StartSpec>()
  readonly registry = new Map<string, readonly RegistryNode[]>()
  readonly status = new Map<string, StatusNode>()
  readonly changes = new Changes()
  readonly #store: ConfigStore
  readonly #layout: Layout
  readonly #signal: AbortSignal
  readonly #asked = new Set<string>()
  /** Asked for and not yet delivered for the first time. */
  readonly #unread = new Set<string>()
  readonly #instances = new Map<string, Map<string, RegistryNode | undefined>>()

  constructor(store: ConfigStore, layout: Layout, signal: AbortSignal) {
    this.#store = store
    this.#layout = layout
    this.#signal = signal
  }

  /** True when everything that was asked for has been read once. */
  get complete(): boolean {
    return this.#unread.size === 0
  }

  /** Watches what the requirement depends on. May be called again and again: the first time counts. */
  require(requirement: Requirement, self: string, hosts: readonly string[]): void {
    const { service, command, scope } = requirement
    this.#askSpec(service)
    if (command === 'daemon') {
      this.askRegistry(service)
      return
    }
    const runOnce = this.specs.get(service)?.commands.find((known) => known.name === command)?.runOnce
    if (runOnce === undefined) return
    if (runOnce) this.#askStatus('global', service, command)
    else for (const host of scope === 'host' ? [self] : hosts) this.#askStatus(host, service, command)
  }

  /** Watches the registrations of a service. */
  askRegistry(service: string): void {
    const path = this.#layout.registryOf(service)
    if (!this.#ask(path)) return
    const instances = new Map<string, RegistryNode | undefined>()
    this.#instances.set(service, instances)
    const listeners = new Map<string, AbortController>()
    const gone = (name: string): void => {
      listeners.get(name)?.abort()
      listeners.delete(name)
      instances.delete(name)
    }
    const listen = (name: string): void => {
      const stop = new AbortController()
      listeners.set(name, stop)
      const signal = AbortSignal.any([stop.signal, this.#signal])
      const take = (node: { readonly data: string } | undefined): void => {
        instances.set(name, node && valueOf(parseRegistryNode(node.data, path)))
        this.#publishRegistry(service, path, listeners.size)
      }
      this.#store.watch(`${path}/${name}`, take, { signal })
    }
    this.#store.watchChildren(
      path,
      (names = []) => {
        for (const name of [...listeners.keys()]) if (!names.includes(name)) gone(name)
        for (const name of names) if (!listeners.has(name)) listen(name)
        this.#publishRegistry(service, path, listeners.size)
      },
      { signal: this.#signal },
    )
  }

  /** Members are sorted by host and name, so that a rendered list does not change without reason. */
  #publishRegistry(service: string, path: string, expected: number): void {
    const instances = this.#instances.get(service) ?? new Map<string, RegistryNode | undefined>()
    const nodes = [...instances]
      .filter((entry): entry is [string, RegistryNode] => entry[1] !== undefined)
      .sort(([nameA, a], [nameB, b]) => compare(a.host, b.host) || compare(nameA, nameB))
      .map(([, node]) => node)
    if (instances.size < expected) return
    this.registry.set(service, nodes)
    this.#read(path)
  }

  #askSpec(service: string): void {
    const path = this.#layout.service(service)
    if (!this.#ask(path)) return
    this.#follow(path, (data) => {
      const spec = data === undefined ? undefined : valueOf(parseStartSpec(data, path))
      if (spec) this.specs.set(service, spec)
      else this.specs.delete(service)
    })
  }

  #askStatus(host: string, service: string, command: string): void {
    const path = this.#layout.statusOf(host === 'global' ? host : { host }, service, command)
    if (!this.#ask(path)) return
    const key = statusKey(host, service, command)
    this.#follow(path, (data) => {
      const status = data === undefined ? undefined : valueOf(parseStatusNode(data, path))
      if (status) this.status.set(key, status)
      else this.status.delete(key)
    })
  }

  #follow(path: string, take: (data: string | undefined) => void): void {
    this.#store.watch(
      path,
      (node) => {
        take(node?.data)
        this.#read(path)
      },
      { signal: this.#signal },
    )
  }

  #ask(path: string): boolean {
    if (this.#asked.has(path)) return false
    this.#asked.add(path)
    this.#unread.add(path)
    return true
  }

  #read(path: string): void {
    this.#unread.delete(path)
    this.changes.tell()
  }
}

/** A node that somebody wrote in a form that we do not know counts as absent. */
function valueOf<T>(parsed: Parsed<T>): T | undefined {
  return 'value' in parsed ? parsed.value : undefined
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
