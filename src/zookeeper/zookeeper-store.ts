import zookeeper, { type AclRecord, type Client, type Exception, type Stat } from 'node-zookeeper-client'
import { aclFromRecords, permissionBits, openToAnyone } from './acl-records.ts'
import { refuseTooLarge } from './errors.ts'
import { bytesOf, bytesOfAll, largestTransactionBytes } from './request-size.ts'
import { sameNames, sameNode } from './same-node.ts'
import { Session, type Request } from './session-connection.ts'
import { codes, translated } from './translated.ts'
import {
  type Acl,
  type ConfigStore,
  type CreateOptions,
  type NodeChange,
  type SessionState,
  type StoredNode,
  type StoreOptions,
  type WatchOptions,
} from './types.ts'
import { WatchTable, withoutLoss } from './watches.ts'
import type { Done } from './zookeeper-connection.ts'

/**
 * A session with a real ZooKeeper. Throws UnreachableError when no server answers within `requestTimeoutMs`, and the
 * signal's reason when it is aborted before that.
 */
export async function connectStore(options: StoreOptions, signal?: AbortSignal): Promise<ConfigStore> {
  const session = new Session(options)
  const store = new ZooKeeperStore(session)
  const giveUp = (): void => void session.close()
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    await session.open()
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
  return store
}

class ZooKeeperStore implements ConfigStore {
  readonly #session: Session
  readonly #nodes: WatchTable<StoredNode | undefined>
  readonly #children: WatchTable<readonly string[] | undefined>

  constructor(session: Session) {
    this.#session = session
    this.#nodes = new WatchTable((path, changed) => this.#read(path, changed), sameNode)
    this.#children = new WatchTable((path, changed) => this.#childrenOf(path, changed), sameNames)
    session.onState((state) => {
      if (state !== 'connected') return
      this.#nodes.rearmAll()
      this.#children.rearmAll()
    })
  }

  get state(): SessionState {
    return this.#session.state
  }

  get sessionId(): string {
    return this.#session.sessionId
  }

  onState(listener: (state: SessionState) => void, signal: AbortSignal): void {
    if (signal.aborted) return
    const stop = this.#session.onState(listener)
    signal.addEventListener('abort', stop, { once: true })
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  read(path: string): Promise<StoredNode | undefined> {
    return this.#read(path, undefined)
  }

  children(path: string): Promise<readonly string[] | undefined> {
    return this.#childrenOf(path, undefined)
  }

  async create(path: string, data: string, options: CreateOptions): Promise<string> {
    const bytes = bytesOf(path, data)
    const acl = aclToRecords(options.acl)
    const mode = createMode(options)
    const send = (client: Client, done: Done<string>): void => client.create(path, bytes, acl, mode, done)
    return this.#ask({ path, repeatable: false, send }, 'create')
  }

  async set(path: string, data: string, version = anyVersion): Promise<void> {
    const bytes = bytesOf(path, data)
    await this.#ask({
      path,
      repeatable: false,
      send: (client, done) => client.setData(path, bytes, version, done),
    })
  }

  async remove(path: string, version = anyVersion): Promise<void> {
    const send = (client: Client, done: Done<void>): void => client.remove(path, version, done)
    await absentIsUndefined(this.#request({ path, repeatable: false, send }), path)
  }

  async setAcl(path: string, acl: Acl): Promise<void> {
    const records = aclToRecords(acl)
    await this.#ask({
      path,
      repeatable: true,
      send: (client, done) => client.setACL(path, records, anyVersion, done),
    })
  }

  async getAcl(path: string): Promise<Acl | undefined> {
    const send = (client: Client, done: Done<readonly AclRecord[]>): void => client.getACL(path, done)
    const records = await absentIsUndefined(this.#request({ path, repeatable: true, send }), path)
    return records && aclFromRecords(records)
  }

  async multi(changes: readonly NodeChange[]): Promise<void> {
    const first = changes[0]
    if (!first) return
    refuseTooLarge(
      `the transaction that begins with ${first.path}`,
      bytesOfAll(changes),
      largestTransactionBytes,
    )
    let failed: NodeChange = first
    const send = (client: Client, done: Done<void>): void => {
      const transaction = client.transaction()
      for (const change of changes) addChange(transaction, change)
      transaction.commit((error, results = []) => {
        failed = changes[results.findIndex((result) => isFirstFault(result.err))] ?? first
        done(error)
      })
    }
    try {
      await this.#request({ path: first.path, repeatable: false, send })
    } catch (error) {
      throw translated(error, failed.path, failed.kind === 'create' ? 'create' : undefined)
    }
  }

  watch(path: string, listener: (node: StoredNode | undefined) => void, options: WatchOptions): void {
    this.#nodes.listen(path, { deliver: listener, fail: withoutLoss(options.onError) }, options.signal)
  }

  watchChildren(
    path: string,
    listener: (names: readonly string[] | undefined) => void,
    options: WatchOptions,
  ): void {
    this.#children.listen(path, { deliver: listener, fail: withoutLoss(options.onError) }, options.signal)
  }

  /** With `changed`, a watch is left: on the node, or on its creation while it is absent. */
  async #read(path: string, changed: (() => void) | undefined): Promise<StoredNode | undefined> {
    for (;;) {
      const send = (client: Client, done: Done<StoredNode>): void =>
        client.getData(path, changed, (error, data, stat) => done(error, stat && storedNode(data, stat)))
      const node = await absentIsUndefined(this.#request({ path, repeatable: true, send }), path)
      if (node || !changed || !(await this.#awaitsCreation(path, changed))) return node
    }
  }

  async #childrenOf(path: string, changed: (() => void) | undefined): Promise<readonly string[] | undefined> {
    for (;;) {
      const send = (client: Client, done: Done<string[]>): void => client.getChildren(path, changed, done)
      const names = await absentIsUndefined(this.#request({ path, repeatable: true, send }), path)
      if (names || !changed || !(await this.#awaitsCreation(path, changed))) return names && [...names].sort()
    }
  }

  /** Leaves a watch on an absent node; true when the node has come into being in the meantime, so that it must be read. */
  async #awaitsCreation(path: string, changed: () => void): Promise<boolean> {
    const send = (client: Client, done: Done<Stat | null>): void => client.exists(path, changed, done)
    return (await this.#ask({ path, repeatable: true, send })) !== null
  }

  async #ask<T>(request: Request<T>, action?: 'create'): Promise<T> {
    try {
      return await this.#request(request)
    } catch (error) {
      throw translated(error, request.path, action)
    }
  }

  #request<T>(request: Request<T>): Promise<T> {
    return this.#session.request(request)
  }
}

const anyVersion = -1

function addChange(transaction: ReturnType<Client['transaction']>, change: NodeChange): void {
  if (change.kind === 'create') {
    const mode = createMode({ ephemeral: change.ephemeral ?? false })
    transaction.create(change.path, Buffer.from(change.data), aclToRecords(change.acl), mode)
    return
  }
  if (change.kind === 'set') transaction.setData(change.path, Buffer.from(change.data))
  else if (change.kind === 'delete') transaction.remove(change.path)
  else transaction.check(change.path)
  // The library turns version 0 into "any version"; so it is put in behind its back.
  const operation = transaction.ops.at(-1)
  if (operation && change.version !== undefined) operation.version = change.version
}

function aclToRecords(acl: Acl): readonly AclRecord[] {
  return acl.map((entry) => {
    const open = entry.digestId === openToAnyone
    const id = new zookeeper.Id(open ? 'world' : 'digest', open ? 'anyone' : entry.digestId)
    return new zookeeper.ACL(permissionBits(entry.permissions), id)
  })
}

/** Changes after the failed one carry RUNTIME_INCONSISTENCY, those before it OK. */
function isFirstFault(fault: number | undefined): boolean {
  return fault !== undefined && fault !== codes.ok && fault !== codes.runtimeInconsistency
}

function createMode(options: { readonly ephemeral?: boolean; readonly sequential?: boolean }): number {
  const name =
    `${options.ephemeral ? 'EPHEMERAL' : 'PERSISTENT'}${options.sequential ? '_SEQUENTIAL' : ''}` as const
  return zookeeper.CreateMode[name]
}

function storedNode(data: Buffer | undefined, stat: Stat): StoredNode {
  return {
    data: data?.toString('utf8') ?? '',
    version: stat.version,
    createdZxid: stat.czxid.toString('hex'),
    ephemeral: stat.ephemeralOwner.some((byte) => byte !== 0),
    createdAt: Number(stat.ctime.readBigInt64BE()),
    modifiedAt: Number(stat.mtime.readBigInt64BE()),
  }
}

async function absentIsUndefined<T>(work: Promise<T>, path: string): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if ((error as Exception).code === codes.noNode) return undefined
    throw translated(error, path)
  }
}
