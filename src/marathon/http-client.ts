import type { Readable } from 'node:stream'
import axios, { type AxiosInstance, type AxiosResponse } from 'axios'
import type { Clock } from '../kernel/clock.ts'
import { messageOf, TimeoutError, UnreachableError } from '../kernel/errors.ts'
import { retry } from '../kernel/retry.ts'
import type { Secret } from '../kernel/secret.ts'
import { refusalError } from './refusal-error.ts'

export interface HttpOptions {
  /** One or more servers, `http://host:8080`; the next is tried when one does not answer. */
  readonly urls: readonly string[]
  readonly credentials?: { readonly user: string; readonly password: Secret } | undefined
  readonly clock: Clock
  /** For one try of one call. */
  readonly timeoutMs?: number
  /** Tries of a call that no server answers, or that gets 502, 503, 504. POSTs are tried once: they may have been done. */
  readonly attempts?: number
  /** After the first failure; doubles up to 5 s. */
  readonly retryDelayMs?: number
}

export interface MarathonCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  /** 404 gives undefined. */
  readonly absent?: boolean
}

const defaults = { timeoutMs: 30_000, attempts: 6, retryDelayMs: 500, maxDelayMs: 5_000 } as const

/** A failure that another try, or another server, may mend. */
class PassingError extends UnreachableError {}

/** HTTP to Marathon: servers in turn, retries, Marathon's refusals as errors of their kinds. */
export class HttpClient {
  readonly clock: Clock
  readonly #options: HttpOptions
  readonly #axios: AxiosInstance
  /** The server that answered last. */
  #current = 0

  constructor(options: HttpOptions) {
    this.#options = options
    this.clock = options.clock
    const { credentials } = options
    this.#axios = axios.create({
      timeout: options.timeoutMs ?? defaults.timeoutMs,
      // Marathon stands in the operator's own network: a proxy of the environment would not reach it.
      proxy: false,
      validateStatus: () => true,
      ...(credentials
        ? { auth: { username: credentials.user, password: credentials.password.reveal() } }
        : {}),
    })
  }

  /** The answer's body. Throws ConfigError, LockedError, UnreachableError, TimeoutError or ApiError. */
  async call(call: MarathonCall): Promise<unknown> {
    const policy = {
      attempts: call.method === 'POST' ? 1 : (this.#options.attempts ?? defaults.attempts),
      delayMs: this.#options.retryDelayMs ?? defaults.retryDelayMs,
      factor: 2,
      maxDelayMs: defaults.maxDelayMs,
    }
    const context = {
      clock: this.clock,
      signal: call.signal,
      retryable: (error: unknown) => error instanceof PassingError,
    }
    return retry(policy, context, () => this.#tryServers(call))
  }

  async #tryServers(call: MarathonCall): Promise<unknown> {
    let failure: unknown
    for (const url of this.#urlsInTurn()) {
      call.signal?.throwIfAborted()
      try {
        const answer = await this.#send(url, call)
        if (call.absent && answer.status === 404) return undefined
        if (answer.status >= 300) throw refusalError(answer.status, answer.data, call)
        return answer.data
      } catch (error) {
        if (!(error instanceof PassingError)) throw error
        failure = error
        this.#current = (this.#current + 1) % this.#options.urls.length
      }
    }
    throw failure
  }

  #urlsInTurn(): readonly string[] {
    const { urls } = this.#options
    return urls.map((_, index) => urls[(this.#current + index) % urls.length] as string)
  }

  async #send(url: string, call: MarathonCall): Promise<AxiosResponse<unknown>> {
    const { method, path, body, signal } = call
    const data = body === undefined ? {} : { data: body, headers: { 'Content-Type': 'application/json' } }
    const answer = await this.#axios
      .request<unknown>({ method, url: join(url, path), ...data, ...(signal ? { signal } : {}) })
      .catch((error: unknown) => {
        signal?.throwIfAborted()
        throw transportError(url, call, error)
      })
    if ([502, 503, 504].includes(answer.status)) {
      throw new PassingError(`Marathon at ${url} is not available now: HTTP ${answer.status}`, {
        hint: 'it may be electing a leader; try again in a moment',
      })
    }
    return answer
  }

  /** The event stream of the current server. Rejects with what `call` would throw. */
  async stream(path: string, signal: AbortSignal): Promise<Readable> {
    const url = this.#urlsInTurn()[0] as string
    const headers = { Accept: 'text/event-stream' }
    const answer = await this.#axios
      .request<Readable>({ url: join(url, path), headers, responseType: 'stream', signal })
      .catch((error: unknown) => {
        throw transportError(url, { method: 'GET', path }, error)
      })
    if (answer.status === 200) return answer.data
    answer.data.destroy()
    throw refusalError(answer.status, undefined, { method: 'GET', path })
  }

  /** The next stream goes to the next server. */
  skipServer(): void {
    this.#current = (this.#current + 1) % this.#options.urls.length
  }
}

function join(url: string, path: string): string {
  return `${url.replace(/\/+$/, '')}${path}`
}

function transportError(url: string, { method, path }: MarathonCall, error: unknown): Error {
  const code = axios.isAxiosError(error) ? error.code : undefined
  if (code === 'ECONNABORTED' || code === 'ETIMEDOUT') {
    // A slow change may still be made: trying it again could do it twice.
    const message = `Marathon at ${url} did not answer ${method} ${path.split('?')[0]} in time`
    return method === 'GET'
      ? new PassingError(message, { cause: error })
      : new TimeoutError(message, { cause: error })
  }
  return new PassingError(`cannot reach Marathon at ${url}: ${messageOf(error) || code}`, {
    cause: error,
    hint: 'check that Marathon (or kmesos engine) runs and that the address is right',
  })
}
