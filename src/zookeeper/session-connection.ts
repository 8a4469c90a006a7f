import { systemClock, type Clock } from '../kernel/clock.ts'
import { UnreachableError } from '../kernel/errors.ts'
import { Limiter } from '../kernel/pool.ts'
import type { SessionState, StoreOptions } from './types.ts'
import { nodeError } from './errors.ts'
import {
  LinkLostError,
  openConnection,
  SessionExpiredError,
  type Done,
  type SessionTicket,
  type ZooKeeperConnection,
} from './zookeeper-connection.ts'
import type { Client } from 'node-zookeeper-client'

/** Requests in flight at a time: enough to fill the line, few enough to keep the server's queue short for others. */
const pipelineDepth = 200
/** Wait after all servers were tried in vain; doubles up to the limit. */
const firstPauseMs = 50
const longestPauseMs = 1_000
/** A server gets at most this long to accept a session before the next one is tried. */
const longestConnectMs = 5_000
const shortestConnectMs = 250
/** How long the server may take to confirm the end of a session. */
const closeLimitMs = 1_000

export interface Request<T> {
  readonly path: string
  /** Reads are sent again after a lost connection; writes are not, because the first one may have worked. */
  readonly repeatable: boolean
  readonly send: (client: Client, done: Done<T>) => void
}

/** Keeps one ZooKeeper session going over many connections: next server, next try, new session after expiry. */
export class Session {
  readonly #options: StoreOptions
  readonly #servers: readonly string[]
  readonly #listeners = new Set<(state: SessionState) => void>()
  readonly #waiters = new Set<() => void>()
  readonly #limiter = new Limiter(pipelineDepth)
  readonly #stopped = new AbortController()
  readonly #clock: Clock = systemClock
  #ticket: SessionTicket | undefined
  #connection: ZooKeeperConnection | undefined
  #state: SessionState = 'disconnected'
  #nextServer: number
  #lastReason: Error | undefined
  #refusedSince: number | undefined
  #loop: Promise<void> | undefined

  constructor(options: StoreOptions) {
    this.#options = options
    this.#servers = options.servers.split(',').filter((server) => server !== '')
    // Clients spread over the ensemble.
    this.#nextServer = Math.floor(Math.random() * this.#servers.length)
  }

  get state(): SessionState {
    return this.#state
  }

  get sessionId(): string {
    return this.#ticket?.id.toString('hex') ?? ''
  }

  onState(listener: (state: SessionState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves with the first connection. Throws UnreachableError. */
  async open(): Promise<void> {
    this.#loop = this.#run()
    await this.#connected(this.#clock.now() + this.#options.requestTimeoutMs)
    if (this.#connection) return
    const cause = this.#lastReason
    await this.close()
    throw new UnreachableError(
      `no ZooKeeper server answers at ${this.#options.servers}${cause ? `: ${cause.message}` : ''}`,
      { cause, hint: 'check the addresses, and that a majority of the ZooKeeper servers is running' },
    )
  }

  async close(): Promise<void> {
    if (this.#stopped.signal.aborted) return
    const connection = this.#connection
    this.#stopped.abort()
    await connection?.close(closeLimitMs)
    await this.#loop
    this.#tell('closed')
    this.#wake()
  }

  /** Throws the library's exceptions, or ConnectionLostError after the request's time is up. */
  request<T>(request: Request<T>): Promise<T> {
    return this.#limiter.run(() => this.#send(request))
  }

  async #send<T>(request: Request<T>): Promise<T> {
    const deadline = this.#clock.now() + this.#options.requestTimeoutMs
    for (;;) {
      await this.#connected(deadline)
      const connection = this.#connection
      if (!connection) throw nodeError({ kind: 'lost', reason: this.#whyNot() }, request.path)
      try {
        return await this.#inTime(connection.request(request.send), deadline)
      } catch (cause) {
        if (!(cause instanceof LinkLostError)) throw cause
        if (request.repeatable && this.#clock.now() < deadline && !this.#stopped.signal.aborted) continue
        throw nodeError({ kind: 'lost', reason: cause.message, cause }, request.path)
      }
    }
  }

  #inTime<T>(work: Promise<T>, deadline: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = (): void =>
        reject(new LinkLostError(`no answer within ${this.#options.requestTimeoutMs} ms`))
      const timer = setTimeout(late, Math.max(0, deadline - this.#clock.now()))
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  #whyNot(): string {
    if (this.#stopped.signal.aborted) return 'the session was closed'
    return `no server answered within ${this.#options.requestTimeoutMs} ms`
  }

  /** Resolves when there is a connection, or the time is up, or the session was closed. */
  #connected(deadline: number): Promise<void> {
    if (this.#connection || this.#stopped.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#waiters.delete(done)
        resolve()
      }
      const timer = setTimeout(done, Math.max(0, deadline - this.#clock.now()))
      this.#waiters.add(done)
    })
  }

  async #run(): Promise<void> {
    let failures = 0
    const closed = this.#stopped.signal
    while (!closed.aborted) {
      const connection = await this.#tryNext()
      if (connection) {
        failures = 0
        await this.#use(connection)
      } else if (++failures % this.#servers.length === 0) {
        const rounds = failures / this.#servers.length
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (rounds - 1))
        await this.#clock.sleep(pauseMs * (0.5 + Math.random() / 2), closed).catch(() => undefined)
      }
    }
  }

  async #tryNext(): Promise<ZooKeeperConnection | undefined> {
    const server = this.#servers[this.#nextServer++ % this.#servers.length] ?? ''
    const perServerMs = this.#options.sessionTimeoutMs / this.#servers.length
    try {
      return await openConnection({
        server,
        session: this.#ticket,
        logins: this.#options.logins,
        sessionTimeoutMs: this.#options.sessionTimeoutMs,
        connectTimeoutMs: Math.min(longestConnectMs, Math.max(shortestConnectMs, perServerMs)),
      })
    } catch (reason) {
      this.#lastReason = reason as Error
      if (reason instanceof SessionExpiredError) {
        this.#ticket = undefined
        this.#tell('expired')
      } else {
        this.#forgiveLostHistory()
      }
      return undefined
    }
  }

  /**
   * A server that has not seen our last transaction refuses us. After a restore from a backup none ever will, so after
   * two session time-outs of refusals the demand is dropped (the session then is found to be expired).
   */
  #forgiveLostHistory(): void {
    this.#refusedSince ??= this.#clock.now()
    const patienceMs = 2 * this.#options.sessionTimeoutMs
    if (this.#ticket && this.#clock.now() - this.#refusedSince > patienceMs) {
      this.#ticket = { ...this.#ticket, zxid: Buffer.alloc(8) }
    }
  }

  async #use(connection: ZooKeeperConnection): Promise<void> {
    if (this.#stopped.signal.aborted) return connection.close(closeLimitMs)
    this.#connection = connection
    this.#ticket = connection.session
    this.#refusedSince = undefined
    this.#tell('connected')
    this.#wake()
    this.#lastReason = await connection.lost
    this.#ticket = connection.session
    this.#connection = undefined
    if (!this.#stopped.signal.aborted) this.#tell('disconnected')
  }

  #tell(state: SessionState): void {
    if (this.#state === state) return
    this.#state = state
    for (const listener of [...this.#listeners]) listener(state)
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake()
  }
}
