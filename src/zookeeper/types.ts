/** The narrow port to ZooKeeper that everything in kmesos uses; doors: zookeeper-store.ts (real) and test/fakes/memory-store.ts. */

/** Who may do what with a node. Never `world:anyone`. Names stand for digest identities, see identity.ts. */
export interface AclEntry {
  /** `user:base64(sha1(user:password))`, as ZooKeeper's digest scheme stores it. */
  readonly digestId: string
  readonly permissions: readonly ('create' | 'read' | 'write' | 'delete' | 'admin')[]
}
export type Acl = readonly AclEntry[]

/** A login of ZooKeeper's digest scheme. */
export interface DigestLogin {
  readonly user: string
  readonly password: string
}

export interface StoredNode {
  readonly data: string
  /** Data version, from 0. */
  readonly version: number
  /** Transaction that created the node: changes when a node is deleted and made again. */
  readonly createdZxid: string
  /** True when the node dies with the session that made it. */
  readonly ephemeral: boolean
  /** Milliseconds since 1970, the server's clock. */
  readonly createdAt: number
  readonly modifiedAt: number
}

export type NodeChange =
  | {
      readonly kind: 'create'
      readonly path: string
      readonly data: string
      readonly acl: Acl
      readonly ephemeral?: boolean
    }
  | { readonly kind: 'set'; readonly path: string; readonly data: string; readonly version?: number }
  | { readonly kind: 'delete'; readonly path: string; readonly version?: number }
  | { readonly kind: 'check'; readonly path: string; readonly version: number }

/** connected: requests are answered. disconnected: the session may still live. expired: all our ephemerals are gone (a new session follows). closed: by us. */
export type SessionState = 'connected' | 'disconnected' | 'expired' | 'closed'

export interface ConfigStore {
  /** Undefined when there is no such node. */
  read(path: string): Promise<StoredNode | undefined>
  /** Names of the children, sorted; undefined when there is no such node. */
  children(path: string): Promise<readonly string[] | undefined>
  /** The new node's path (longer than asked for when sequential). Throws NodeExistsError, NoParentError. */
  create(path: string, data: string, options: CreateOptions): Promise<string>
  /** Throws NoNodeError, BadVersionError. */
  set(path: string, data: string, version?: number): Promise<void>
  /** Does nothing when there is no such node. Throws BadVersionError, NotEmptyError. */
  remove(path: string, version?: number): Promise<void>
  setAcl(path: string, acl: Acl): Promise<void>
  getAcl(path: string): Promise<Acl | undefined>
  /** All or nothing. Throws the error of the first change that failed, with its path. */
  multi(changes: readonly NodeChange[]): Promise<void>
  /**
   * Calls `listener` with the node (undefined = absent) now and after every change until the signal aborts; survives
   * disconnections and expired sessions (the watch is set again and the present state is delivered). Changes between two
   * deliveries are folded into one. A lost permission is delivered to `onError`.
   */
  watch(path: string, listener: (node: StoredNode | undefined) => void, options: WatchOptions): void
  /** The same for the names of the children. */
  watchChildren(
    path: string,
    listener: (names: readonly string[] | undefined) => void,
    options: WatchOptions,
  ): void
  readonly state: SessionState
  /** Session id in hex, for "whose ephemeral is this"; changes after expiry. */
  readonly sessionId: string
  onState(listener: (state: SessionState) => void, signal: AbortSignal): void
  close(): Promise<void>
}

export interface CreateOptions {
  readonly acl: Acl
  readonly ephemeral?: boolean
  readonly sequential?: boolean
}

export interface WatchOptions {
  readonly signal: AbortSignal
  readonly onError?: (error: Error) => void
}

export interface StoreOptions {
  /** `host:2181,host:2181` */
  readonly servers: string
  readonly logins: readonly DigestLogin[]
  /** Session time-out asked of the server; it grants 2 to 20 of its ticks. */
  readonly sessionTimeoutMs: number
  /** How long connecting and each request may take before it fails (disconnected time included). */
  readonly requestTimeoutMs: number
}

/** A node above this is refused before it is sent: jute.maxbuffer is 1 MiB - 1 for request and reply, with their heads. */
export const largestNodeBytes = 900_000
