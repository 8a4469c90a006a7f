import { request, type IncomingMessage } from 'node:http'
import { KmesosError, messageOf, UnreachableError } from '../kernel/errors.ts'
import { isJsonObject } from '../marathon/json.ts'

/** Docker answered with an error; the message is Docker's own. */
export class DockerError extends KmesosError {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface DockerCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  /** Until the answer begins; 0 = no limit. */
  readonly timeoutMs?: number
}

const usualTimeoutMs = 60_000

/** Docker's Engine API over its unix socket. */
export class DockerApi {
  readonly #socketPath: string

  constructor(socketPath: string) {
    this.#socketPath = socketPath
  }

  /** The answer's JSON (undefined when it has none). Throws DockerError (status 400 and up) and UnreachableError. */
  async call(call: DockerCall): Promise<unknown> {
    const answer = await this.stream(call)
    const text = await textOf(answer)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** The answer once it has begun. The caller reads it to its end or destroys it. */
  async stream(call: DockerCall): Promise<IncomingMessage> {
    const answer = await this.#send(call)
    const status = answer.statusCode ?? 0
    if (status >= 400) throw new DockerError(status, dockerMessage(await textOf(answer)))
    return answer
  }

  async #send({
    method,
    path,
    body,
    signal,
    timeoutMs = usualTimeoutMs,
  }: DockerCall): Promise<IncomingMessage> {
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const headers = {
        Host: 'docker',
        ...(text === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      }
      const options = { socketPath: this.#socketPath, method, path, headers, ...(signal ? { signal } : {}) }
      const outgoing = request(options, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      const late = new Error(`no answer to ${method} ${path.split('?')[0]} within ${timeoutMs / 1000} s`)
      const timer = timeoutMs > 0 ? setTimeout(() => outgoing.destroy(late), timeoutMs) : undefined
      outgoing.on('error', (error) => {
        clearTimeout(timer)
        reject(signal?.aborted ? error : unreachable(this.#socketPath, error))
      })
      outgoing.end(text)
    })
  }
}

function unreachable(socketPath: string, cause: Error): Error {
  return new UnreachableError(`Docker does not answer on ${socketPath}: ${messageOf(cause)}`, {
    cause,
    hint: 'start the Docker daemon, or name its socket with --docker-socket',
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function dockerMessage(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isJsonObject(parsed) && typeof parsed['message'] === 'string') return parsed['message']
  } catch {
    // Not JSON: told as it is.
  }
  return text.trim()
}
