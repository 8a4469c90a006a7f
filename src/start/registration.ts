import type { RegistryNode, StartSpec } from '../start-spec/types.ts'
import type { Container } from './container.ts'

/** The daemon's registration: there from its ready check on, and telling which configuration it runs. */
export class Registration {
  readonly #container: Container
  readonly #head: Omit<RegistryNode, 'since'>
  readonly #path: string
  /** ISO time of the ready check; undefined: not registered. */
  #since: string | undefined
  #withdrawn = false
  #config: Pick<RegistryNode, 'config' | 'configSince' | 'note'> = {}

  constructor(container: Container, spec: StartSpec, incarnation: string) {
    const { identity, layout } = container
    this.#container = container
    this.#path = layout.registryOf(identity.service, identity.instance)
    const { host, address } = identity
    this.#head = { host, address, ports: spec.daemon?.ports ?? {}, incarnation }
    this.takeUp(spec)
  }

  /** The daemon is ready: others shall see it. Resolves when it is written. */
  announce(): Promise<void> {
    if (this.#withdrawn) return Promise.resolve()
    this.#since = this.#now()
    return this.#put()
  }

  /** The daemon runs this configuration, or is rightly left alone (`note`) with what it has. */
  takeUp(spec: StartSpec, note?: string): void {
    if (spec.config === undefined) return
    const since = this.#config.config === spec.config ? this.#config.configSince : this.#now()
    this.#config = {
      config: spec.config,
      ...(since === undefined ? {} : { configSince: since }),
      ...(note === undefined ? {} : { note }),
    }
    void this.#put()
  }

  /** The newest configuration is not taken up, for this reason. */
  refuse(why: string): void {
    this.#config = { ...this.#config, note: this.#container.redact(why) }
    void this.#put()
  }

  /** Resolves when it is gone. */
  withdraw(): Promise<void> {
    this.#withdrawn = true
    this.#since = undefined
    return this.#container.publisher.remove(this.#path)
  }

  #put(): Promise<void> {
    if (this.#since === undefined) return Promise.resolve()
    const node: RegistryNode = { ...this.#head, since: this.#since, ...this.#config }
    return this.#container.publisher.put(this.#path, JSON.stringify(node), true)
  }

  #now(): string {
    return new Date(this.#container.clock.now()).toISOString()
  }
}
