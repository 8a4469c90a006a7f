import zookeeper, { type Client, type Exception } from 'node-zookeeper-client'
import type { DigestLogin } from './types.ts'

/**
 * One TCP connection to one ZooKeeper server. A node-zookeeper-client is used for a single connection and then thrown
 * away: left to itself it reconnects with requests queued before its logins, keeps half a reply from the connection
 * before, and waits for ever on a server that accepts but does not answer. Reconnecting is session.ts's work.
 */
export interface ZooKeeperConnection {
  /** What the next connection needs to go on with the same session. */
  readonly session: SessionTicket
  readonly sessionTimeoutMs: number
  /** Resolves with the reason as soon as the connection is of no more use. */
  readonly lost: Promise<Error>
  /** Runs one request of the library; rejects with its Exception, or LinkLostError. */
  request<T>(send: (client: Client, done: Done<T>) => void): Promise<T>
  /** Ends the session on the server (ephemerals vanish at once), then the connection. */
  close(limitMs: number): Promise<void>
}

export type Done<T> = (error: Exception | null, value?: T) => void

export interface SessionTicket {
  readonly id: Buffer
  readonly password: Buffer
  /** Last transaction seen: a server that is behind refuses us, so that time never runs backwards. */
  readonly zxid: Buffer
}

export interface ConnectionOptions {
  readonly server: string
  readonly session: SessionTicket | undefined
  readonly logins: readonly DigestLogin[]
  readonly sessionTimeoutMs: number
  readonly connectTimeoutMs: number
}

/** The connection broke under a request, or could not be made. */
export class LinkLostError extends Error {}

/** The server does not know our session any more. */
export class SessionExpiredError extends Error {}

/** Numbers of the library's ConnectionManager.STATES. */
const connectedState = 2
const disconnectedState = 0
const closedState = -2
const expiredState = -3
/** Numbers of KeeperException.Code: connection loss, session expired. */
const lossCodes: ReadonlySet<unknown> = new Set([-4, -112])

/** Rejects with SessionExpiredError or LinkLostError. */
export function openConnection(options: ConnectionOptions): Promise<ZooKeeperConnection> {
  return new Promise((resolve, reject) => {
    const client = createClient(options)
    let loseIt: (reason: Error) => void = () => undefined
    const lost = new Promise<Error>((done) => (loseIt = done))
    let lastError: Error | undefined
    const end = (reason: Error): void => {
      clearTimeout(deadline)
      discard(client)
      loseIt(reason)
      reject(reason)
    }
    const deadline = setTimeout(
      () => end(new LinkLostError(`${options.server} did not answer within ${options.connectTimeoutMs} ms`)),
      options.connectTimeoutMs,
    )
    guardSocket(client, (error) => (lastError = error))
    client.connectionManager.on('state', (state) => {
      if (state === connectedState) {
        clearTimeout(deadline)
        resolve(new Connection({ client, server: options.server, lost, loseIt: end }))
      } else if (state === expiredState) {
        end(new SessionExpiredError(`${options.server} says that the session expired`))
      } else if (state === disconnectedState || state === closedState) {
        end(
          new LinkLostError(`${options.server}: ${lastError?.message ?? 'connection closed'}`, {
            cause: lastError,
          }),
        )
      }
    })
    client.connect()
    // The library would connect again by itself from now on.
    client.connectionManager.connect = () => undefined
  })
}

function createClient(options: ConnectionOptions): Client {
  const client = zookeeper.createClient(options.server, {
    sessionTimeout: options.sessionTimeoutMs,
    ...(options.session ? { sessionId: options.session.id, sessionPassword: options.session.password } : {}),
  })
  if (options.session) client.connectionManager.zxid = options.session.zxid
  for (const login of options.logins)
    client.addAuthInfo('digest', Buffer.from(`${login.user}:${login.password}`))
  return client
}

/** A reply that the library cannot read throws inside a socket event and would end the process: cut the connection instead. */
function guardSocket(client: Client, onError: (error: Error) => void): void {
  const manager = client.connectionManager
  const read = manager.onSocketData.bind(manager)
  const failed = manager.onSocketError.bind(manager)
  manager.onSocketData = (buffer) => {
    try {
      read(buffer)
    } catch (error) {
      onError(error as Error)
      manager.socket?.destroy()
    }
  }
  manager.onSocketError = (error) => {
    onError(error)
    failed(error)
  }
}

function discard(client: Client): void {
  const manager = client.connectionManager
  if (manager.connectTimeoutHandler) clearTimeout(manager.connectTimeoutHandler)
  // The socket is made one tick after connect().
  if (manager.socket) manager.socket.destroy()
  else process.nextTick(() => manager.socket?.destroy())
}

class Connection implements ZooKeeperConnection {
  readonly lost: Promise<Error>
  readonly sessionTimeoutMs: number
  readonly #client: Client
  readonly #server: string
  readonly #loseIt: (reason: Error) => void
  readonly #pending = new Set<(reason: Error) => void>()
  #watchdog: NodeJS.Timeout | undefined
  #heardAt = Date.now()
  #over: Error | undefined

  constructor(parts: {
    client: Client
    server: string
    lost: Promise<Error>
    loseIt: (reason: Error) => void
  }) {
    this.#client = parts.client
    this.#server = parts.server
    this.#loseIt = parts.loseIt
    this.lost = parts.lost
    this.sessionTimeoutMs = parts.client.getSessionTimeout()
    void parts.lost.then((reason) => this.#end(reason))
    this.#watch()
  }

  get session(): SessionTicket {
    const client = this.#client
    return {
      id: client.getSessionId(),
      password: client.getSessionPassword(),
      zxid: Buffer.from(client.connectionManager.zxid),
    }
  }

  request<T>(send: (client: Client, done: Done<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#over) return reject(this.#over)
      this.#pending.add(reject)
      // The library may call back twice (reply and clean-up); a promise settles once.
      const done: Done<T> = (error, value) => {
        this.#heardAt = Date.now()
        this.#pending.delete(reject)
        // The library tells its requests of a closed socket before it tells us.
        if (error && lossCodes.has(error.code)) reject(this.#lossOf(error))
        else if (error) reject(error)
        else resolve(value as T)
      }
      try {
        send(this.#client, done)
      } catch (error) {
        // Its argument checks throw at once instead of calling back.
        this.#pending.delete(reject)
        reject(error)
      }
    })
  }

  #lossOf(error: Exception): LinkLostError {
    return new LinkLostError(`${this.#server}: connection closed`, { cause: error })
  }

  async close(limitMs: number): Promise<void> {
    if (this.#over) return
    const limit = setTimeout(() => this.#loseIt(new LinkLostError('closed')), limitMs)
    this.#client.close()
    await this.lost
    clearTimeout(limit)
  }

  /**
   * The library's idle timer is reset by its own pings, so it never notices a frozen server. After a third of the session
   * time-out without a reply a read is sent; without an answer within another third the connection is given up, while
   * there is still time to move the session to another server.
   */
  #watch(): void {
    const thirdMs = Math.max(50, Math.floor(this.sessionTimeoutMs / 3))
    const quietMs = Date.now() - this.#heardAt
    this.#watchdog = setTimeout(
      () => {
        if (Date.now() - this.#heardAt < thirdMs) return this.#watch()
        this.#watchdog = setTimeout(
          () => this.#loseIt(new LinkLostError(`${this.#server} is silent`)),
          thirdMs,
        )
        const heard = (): void => {
          clearTimeout(this.#watchdog)
          if (!this.#over) this.#watch()
        }
        this.request<unknown>((client, done) => client.exists('/', undefined, done)).then(heard, heard)
      },
      Math.max(1, thirdMs - quietMs),
    )
  }

  #end(reason: Error): void {
    this.#over = reason instanceof LinkLostError ? reason : new LinkLostError(reason.message)
    clearTimeout(this.#watchdog)
    for (const reject of this.#pending) reject(this.#over)
    this.#pending.clear()
  }
}
