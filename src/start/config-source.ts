import { sha256 } from '../kernel/digest.ts'
import { ConfigError, messageOf } from '../kernel/errors.ts'
import { orThrow, parseSecrets, parseStartSpec, parseVariablesNode } from '../start-spec/parse.ts'
import type { KeyFile, StartSpec, VariablesNode } from '../start-spec/types.ts'
import { secretsPlace, unseal } from '../zookeeper/identity.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore, StoredNode } from '../zookeeper/types.ts'
import { Changes } from './changes.ts'
import { steady } from './steady.ts'

/** The service's whole configuration at one moment. */
export interface Config {
  readonly spec: StartSpec
  readonly variables: VariablesNode
  /** Texts of the files by name. */
  readonly texts: ReadonlyMap<string, string>
  readonly secrets: Readonly<Record<string, string>>
}

type Part = StoredNode | undefined | 'unread'

/**
 * The service's configuration, kept up to date by watches. `current` is the newest one whose parts fit together: while a
 * writer is in the middle (a file's text is not the one that the spec names), the former one stays.
 */
export class ConfigSource {
  readonly changes = new Changes()
  readonly #store: ConfigStore
  readonly #layout: Layout
  readonly #key: KeyFile
  readonly #signal: AbortSignal
  readonly #parts = new Map<string, Part>()
  #current: Config | undefined
  #missing = 'the configuration is being read'
  #fault: Error | undefined

  constructor(store: ConfigStore, options: { layout: Layout; key: KeyFile; signal: AbortSignal }) {
    this.#store = store
    this.#layout = options.layout
    this.#key = options.key
    this.#signal = options.signal
    // The spec first: what is read after it is at least as new as it.
    for (const path of [this.#specPath, ...this.#besidesSpec]) this.#follow(path)
  }

  get current(): Config | undefined {
    return this.#current
  }

  /** Why there is no (newer) configuration; empty when the current one is the newest. */
  get missing(): string {
    return this.#missing
  }

  /** A configuration that cannot be used: faults in a node, the wrong key. Cleared by the next good one. */
  get fault(): Error | undefined {
    return this.#fault
  }

  get #specPath(): string {
    return this.#layout.service(this.#key.service)
  }

  /** Written before the spec or together with it; the spec holds digests of its files, but not of these. */
  get #besidesSpec(): readonly string[] {
    return [this.#layout.variables, this.#secretsPath]
  }

  get #secretsPath(): string {
    return this.#layout.serviceSecrets(this.#key.service)
  }

  #follow(path: string): void {
    if (this.#parts.has(path)) return
    this.#parts.set(path, 'unread')
    this.#store.watch(
      path,
      (node) => {
        const before = this.#parts.get(path)
        this.#parts.set(path, node)
        if (path === this.#specPath && typeof before === 'object' && before.data !== node?.data)
          this.#readBesides()
        this.#update()
      },
      { signal: this.#signal, onError: (error) => this.#fail(error) },
    )
  }

  /** A new spec may come before what was written with it: whoever names its `config` must have all of that. */
  #readBesides(): void {
    for (const path of this.#besidesSpec) {
      this.#parts.set(path, 'unread')
      const take = (node: StoredNode | undefined): void => {
        this.#parts.set(path, node)
        this.#update()
      }
      steady(this.#store, this.#signal, () => this.#store.read(path)).then(take, (error: unknown) => {
        if (!this.#signal.aborted) this.#fail(error)
      })
    }
  }

  #update(): void {
    try {
      const whole = this.#compose()
      if (typeof whole === 'string') {
        this.#missing = whole
      } else {
        this.#missing = ''
        this.#fault = undefined
        this.#current = whole
      }
      this.changes.tell()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#fault = error instanceof Error ? error : new ConfigError(messageOf(error))
    this.changes.tell()
  }

  /** The configuration, or what it still lacks. */
  #compose(): Config | string {
    const service = this.#key.service
    const specText = this.#parts.get(this.#specPath)
    const variablesText = this.#parts.get(this.#layout.variables)
    const sealed = this.#parts.get(this.#secretsPath)
    if (specText === 'unread' || variablesText === 'unread' || sealed === 'unread') {
      return 'the configuration is being read'
    }
    if (!specText) return `service ${service} is not deployed yet`
    if (!variablesText) return 'the variables are not deployed yet'
    const spec = orThrow(parseStartSpec(specText.data, this.#specPath), `the start spec of ${service}`)
    const texts = new Map<string, string>()
    for (const file of spec.files) {
      const text = this.#fileText(file.name, file.digest)
      if (text === undefined) return `file ${file.name} is not written yet`
      texts.set(file.name, text)
    }
    const variables = orThrow(parseVariablesNode(variablesText.data, this.#layout.variables), 'the variables')
    return { spec, variables, texts, secrets: sealed ? this.#open(sealed.data) : {} }
  }

  #fileText(name: string, digest: string): string | undefined {
    const path = this.#layout.file(this.#key.service, name)
    this.#follow(path)
    const node = this.#parts.get(path)
    return typeof node === 'object' && sha256(node.data) === digest ? node.data : undefined
  }

  #open(sealed: string): Readonly<Record<string, string>> {
    const { deployment, service, key } = this.#key
    const plain = unseal(sealed, key, secretsPlace(deployment, service))
    return orThrow(parseSecrets(plain, this.#secretsPath), `the secrets of ${service}`)
  }
}
