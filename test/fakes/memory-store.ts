import { nodeError, refuseTooLarge } from '../../src/zookeeper/errors.ts'
import { digestIdOf } from '../../src/zookeeper/identity.ts'
import {
  largestNodeBytes,
  type Acl,
  type AclEntry,
  type ConfigStore,
  type CreateOptions,
  type DigestLogin,
  type NodeChange,
  type SessionState,
  type StoredNode,
  type WatchOptions,
} from '../../src/zookeeper/types.ts'
import { sameNames, sameNode } from '../../src/zookeeper/same-node.ts'
import { WatchTable, withoutLoss } from '../../src/zookeeper/watches.ts'

interface Node {
  data: string
  version: number
  readonly createdZxid: number
  readonly createdAt: number
  modifiedAt: number
  acl: Acl
  /** Session that it dies with. */
  readonly owner: string | undefined
  sequence: number
}

type Permission = AclEntry['permissions'][number]

/** A ZooKeeper in memory: several sessions, ACLs enforced, watches in the order of the changes. Passes the real one's contract. */
export class MemoryZooKeeper {
  #nodes = new Map<string, Node>()
  #zxid = 0
  #sessions = 0
  readonly #watchers = new Map<string, Set<() => void>>()
  readonly #connected = new Set<MemoryStore>()

  constructor() {
    this.#nodes.set('/', this.#newNode('', undefined, undefined))
  }

  connect(logins: readonly DigestLogin[] = []): MemoryStore {
    const store = new MemoryStore(this, logins.map(digestIdOf), this.newSessionId())
    this.#connected.add(store)
    return store
  }

  newSessionId(): string {
    return (++this.#sessions).toString(16).padStart(16, '0')
  }

  /** Ends the session as a server does: its ephemerals vanish, a new session follows. */
  expire(store: ConfigStore): void {
    this.disconnect(store)
    this.endSession(store.sessionId)
    ;(store as MemoryStore).renew()
  }

  disconnect(store: ConfigStore): void {
    ;(store as MemoryStore).tell('disconnected')
  }

  reconnect(store: ConfigStore): void {
    ;(store as MemoryStore).tell('connected')
  }

  endSession(sessionId: string): void {
    const owned = [...this.#nodes].filter(([, node]) => node.owner === sessionId)
    for (const [path] of owned) this.#delete(path)
  }

  /** Calls `changed` once after the next change of the node or, for children, of its list. */
  watch(kind: 'node' | 'children', path: string, changed: () => void): void {
    const key = `${kind}:${path}`
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(changed))
  }

  find(path: string, permission: Permission, who: readonly string[]): Node | undefined {
    const node = this.#nodes.get(path)
    if (node) demand(node, path, permission, who)
    return node
  }

  childNames(path: string): readonly string[] {
    const prefix = path === '/' ? '/' : `${path}/`
    return [...this.#nodes.keys()]
      .filter(
        (other) => other.startsWith(prefix) && other !== path && !other.slice(prefix.length).includes('/'),
      )
      .map((other) => other.slice(prefix.length))
      .sort()
  }

  /** All or nothing: works on a copy and tells the watchers afterwards. */
  apply(changes: readonly NodeChange[], session: MemoryStore): void {
    const before = new Map([...this.#nodes].map(([path, node]) => [path, { ...node }]))
    const touched: string[] = []
    try {
      for (const change of changes) touched.push(...this.#applyOne(change, session))
    } catch (error) {
      this.#nodes = before
      throw error
    }
    this.#fire(touched)
  }

  create(path: string, data: string, options: CreateOptions & { readonly session: MemoryStore }): string {
    const name = options.sequential ? `${path}${this.#nextNumber(path)}` : path
    const owner = options.ephemeral === true
    this.apply([{ kind: 'create', path: name, data, acl: options.acl, ephemeral: owner }], options.session)
    return name
  }

  setAcl(path: string, acl: Acl, who: readonly string[]): void {
    const node = this.find(path, 'admin', who)
    if (!node) throw nodeError({ kind: 'absent' }, path)
    node.acl = acl
  }

  #applyOne(change: NodeChange, session: MemoryStore): readonly string[] {
    switch (change.kind) {
      case 'create':
        return this.#createOne(change, session)
      case 'set': {
        const node = this.#existing(change.path)
        demand(node, change.path, 'write', session.identities)
        expectVersion(node, change.path, change.version)
        Object.assign(node, { data: change.data, version: node.version + 1, modifiedAt: Date.now() })
        this.#zxid++
        return [`node:${change.path}`]
      }
      case 'delete': {
        const node = this.#existing(change.path)
        demand(this.#existing(parentOf(change.path)), change.path, 'delete', session.identities)
        expectVersion(node, change.path, change.version)
        if (this.childNames(change.path).length > 0) throw nodeError({ kind: 'not-empty' }, change.path)
        this.#nodes.delete(change.path)
        this.#zxid++
        return keysOf(change.path)
      }
      case 'check':
        expectVersion(this.#existing(change.path), change.path, change.version)
        return []
    }
  }

  #createOne(change: NodeChange & { kind: 'create' }, session: MemoryStore): readonly string[] {
    const parent = this.#nodes.get(parentOf(change.path))
    if (!parent) throw nodeError({ kind: 'no-parent' }, change.path)
    demand(parent, change.path, 'create', session.identities)
    if (this.#nodes.has(change.path)) throw nodeError({ kind: 'exists' }, change.path)
    const owner = change.ephemeral === true ? session.sessionId : undefined
    this.#nodes.set(change.path, this.#newNode(change.data, change.acl, owner))
    parent.sequence++
    return keysOf(change.path)
  }

  #newNode(data: string, acl: Acl | undefined, owner: string | undefined): Node {
    const now = Date.now()
    // The root of a new ZooKeeper is open to all.
    const open: Acl = [{ digestId: anyone, permissions: ['create', 'read', 'write', 'delete', 'admin'] }]
    const times = { createdZxid: ++this.#zxid, createdAt: now, modifiedAt: now }
    return { data, version: 0, acl: acl ?? open, owner, sequence: 0, ...times }
  }

  #existing(path: string): Node {
    const node = this.#nodes.get(path)
    if (!node) throw nodeError({ kind: 'absent' }, path)
    return node
  }

  #nextNumber(path: string): string {
    return String(this.#nodes.get(parentOf(path))?.sequence ?? 0).padStart(10, '0')
  }

  #delete(path: string): void {
    this.#nodes.delete(path)
    this.#zxid++
    this.#fire(keysOf(path))
  }

  #fire(keys: readonly string[]): void {
    for (const key of keys) {
      const watchers = this.#watchers.get(key)
      this.#watchers.delete(key)
      for (const changed of watchers ?? []) queueMicrotask(changed)
    }
  }
}

const anyone = 'world:anyone'

/** One session of a MemoryZooKeeper. */
export class MemoryStore implements ConfigStore {
  readonly identities: readonly string[]
  readonly #server: MemoryZooKeeper
  readonly #listeners = new Set<(state: SessionState) => void>()
  readonly #nodes: WatchTable<StoredNode | undefined>
  readonly #lists: WatchTable<readonly string[] | undefined>
  #sessionId: string
  #state: SessionState = 'connected'

  constructor(server: MemoryZooKeeper, identities: readonly string[], sessionId: string) {
    this.#server = server
    this.identities = [...identities, anyone]
    this.#sessionId = sessionId
    this.#nodes = new WatchTable((path, changed) => this.#readWatching(path, changed), sameNode)
    this.#lists = new WatchTable((path, changed) => this.#listWatching(path, changed), sameNames)
  }

  get state(): SessionState {
    return this.#state
  }

  get sessionId(): string {
    return this.#sessionId
  }

  tell(state: SessionState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
    if (state !== 'connected') return
    this.#nodes.rearmAll()
    this.#lists.rearmAll()
  }

  renew(): void {
    this.tell('expired')
    this.#sessionId = this.#server.newSessionId()
    this.tell('connected')
  }

  onState(listener: (state: SessionState) => void, signal: AbortSignal): void {
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
  }

  async read(path: string): Promise<StoredNode | undefined> {
    await this.#reach(path)
    const node = this.#server.find(path, 'read', this.identities)
    if (!node) return undefined
    const { data, version, createdAt, modifiedAt } = node
    const createdZxid = node.createdZxid.toString(16).padStart(16, '0')
    return { data, version, createdZxid, ephemeral: node.owner !== undefined, createdAt, modifiedAt }
  }

  async children(path: string): Promise<readonly string[] | undefined> {
    await this.#reach(path)
    return this.#server.find(path, 'read', this.identities) && this.#server.childNames(path)
  }

  async create(path: string, data: string, options: CreateOptions): Promise<string> {
    await this.#reach(path, data)
    return this.#server.create(path, data, { ...options, session: this })
  }

  async set(path: string, data: string, version?: number): Promise<void> {
    await this.multi([{ kind: 'set', path, data, ...(version === undefined ? {} : { version }) }])
  }

  async remove(path: string, version?: number): Promise<void> {
    await this.#reach(path)
    const absent = !this.#server.find(path, 'read', this.identities)
    if (absent) return
    this.#server.apply([{ kind: 'delete', path, ...(version === undefined ? {} : { version }) }], this)
  }

  async setAcl(path: string, acl: Acl): Promise<void> {
    await this.#reach(path)
    this.#server.setAcl(path, acl, this.identities)
  }

  async getAcl(path: string): Promise<Acl | undefined> {
    await this.#reach(path)
    return this.#server.find(path, 'read', this.identities)?.acl
  }

  async multi(changes: readonly NodeChange[]): Promise<void> {
    for (const change of changes) await this.#reach(change.path, 'data' in change ? change.data : '')
    this.#server.apply(changes, this)
  }

  watch(path: string, listener: (node: StoredNode | undefined) => void, options: WatchOptions): void {
    this.#nodes.listen(path, { deliver: listener, fail: withoutLoss(options.onError) }, options.signal)
  }

  watchChildren(
    path: string,
    listener: (names: readonly string[] | undefined) => void,
    options: WatchOptions,
  ): void {
    this.#lists.listen(path, { deliver: listener, fail: withoutLoss(options.onError) }, options.signal)
  }

  close(): Promise<void> {
    if (this.#state !== 'closed') this.#server.endSession(this.#sessionId)
    this.tell('closed')
    return Promise.resolve()
  }

  async #readWatching(path: string, changed: () => void): Promise<StoredNode | undefined> {
    if (this.#state === 'connected') this.#server.watch('node', path, changed)
    return this.read(path)
  }

  async #listWatching(path: string, changed: () => void): Promise<readonly string[] | undefined> {
    if (this.#state === 'connected') this.#server.watch('children', path, changed)
    return this.children(path)
  }

  /** Away: requests fail at once, where the real store waits for its request time-out first. */
  async #reach(path: string, data = ''): Promise<void> {
    refuseTooLarge(path, Buffer.byteLength(data), largestNodeBytes)
    await Promise.resolve()
    if (this.#state !== 'connected')
      throw nodeError({ kind: 'lost', reason: `the session is ${this.#state}` }, path)
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

/** Watchers that a creation or a deletion concerns: the node, its own list, its parent's list. */
function keysOf(path: string): readonly string[] {
  return [`node:${path}`, `children:${path}`, `children:${parentOf(path)}`]
}

function demand(node: Node, path: string, permission: Permission, who: readonly string[]): void {
  const allowed = node.acl.some(
    (entry) => who.includes(entry.digestId) && entry.permissions.includes(permission),
  )
  if (!allowed) throw nodeError({ kind: 'auth' }, path)
}

function expectVersion(node: Node, path: string, version: number | undefined): void {
  if (version !== undefined && version !== node.version) throw nodeError({ kind: 'version' }, path)
}
