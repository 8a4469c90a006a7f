/** The part of node-zookeeper-client 1.1 that zookeeper-connection.ts uses; the package brings no types. */
declare module 'node-zookeeper-client' {
  import type { Socket } from 'node:net'

  export interface Stat {
    readonly czxid: Buffer
    readonly ctime: Buffer
    readonly mtime: Buffer
    readonly version: number
    readonly ephemeralOwner: Buffer
  }

  export interface Exception extends Error {
    readonly code: number
  }

  export interface TransactionOperation {
    version?: number
  }

  export interface Transaction {
    readonly ops: TransactionOperation[]
    create(path: string, data: Buffer, acls: readonly AclRecord[], mode: number): Transaction
    setData(path: string, data: Buffer, version?: number): Transaction
    remove(path: string, version?: number): Transaction
    check(path: string, version?: number): Transaction
    commit(callback: (error: Exception | null, results?: readonly { readonly err?: number }[]) => void): void
  }

  /** Not documented, but the only way to keep one client to one connection; see zookeeper-connection.ts. */
  export interface ConnectionManager {
    socket?: Socket
    state: number
    zxid: Buffer
    connectTimeoutHandler: NodeJS.Timeout | null
    connect(): void
    onSocketData(buffer: Buffer): void
    onSocketError(error: Error): void
    on(event: 'state', listener: (state: number) => void): void
  }

  export interface AclRecord {
    readonly permission: number
    readonly id: { readonly scheme: string; readonly id: string }
  }

  export interface Client {
    readonly connectionManager: ConnectionManager
    connect(): void
    close(): void
    addAuthInfo(scheme: string, auth: Buffer): void
    getSessionId(): Buffer
    getSessionPassword(): Buffer
    getSessionTimeout(): number
    create(
      path: string,
      data: Buffer,
      acls: readonly AclRecord[],
      mode: number,
      callback: (error: Exception | null, path?: string) => void,
    ): void
    remove(path: string, version: number, callback: (error: Exception | null) => void): void
    setData(path: string, data: Buffer, version: number, callback: (error: Exception | null) => void): void
    getData(
      path: string,
      watcher: (() => void) | undefined,
      callback: (error: Exception | null, data?: Buffer, stat?: Stat) => void,
    ): void
    exists(
      path: string,
      watcher: (() => void) | undefined,
      callback: (error: Exception | null, stat?: Stat | null) => void,
    ): void
    getChildren(
      path: string,
      watcher: (() => void) | undefined,
      callback: (error: Exception | null, children?: string[]) => void,
    ): void
    setACL(
      path: string,
      acls: readonly AclRecord[],
      version: number,
      callback: (error: Exception | null) => void,
    ): void
    getACL(path: string, callback: (error: Exception | null, acls?: readonly AclRecord[]) => void): void
    transaction(): Transaction
  }

  interface Library {
    createClient(
      servers: string,
      options: { sessionTimeout: number; sessionId?: Buffer; sessionPassword?: Buffer },
    ): Client
    ACL: new (permission: number, id: unknown) => AclRecord
    Id: new (scheme: string, id: string) => unknown
    Permission: Record<'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ADMIN', number>
    CreateMode: Record<'PERSISTENT' | 'PERSISTENT_SEQUENTIAL' | 'EPHEMERAL' | 'EPHEMERAL_SEQUENTIAL', number>
    Exception: Record<string, number>
  }
  const library: Library
  export default library
}
