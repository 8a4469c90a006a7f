import { request, type IncomingMessage, type ServerResponse } from 'node:http'

/** Mesos' RecordIO: the number of bytes, a line feed, then the record. */
export function encodeRecord(record: unknown): string {
  const text = JSON.stringify(record)
  return `${Buffer.byteLength(text)}\n${text}`
}

/** Gives the records of a stream, however it was cut into pieces. */
export async function* decodeRecords(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  let held = Buffer.alloc(0)
  for await (const piece of pieces) {
    held = Buffer.concat([held, piece])
    for (;;) {
      const end = held.indexOf(10)
      const length = end < 0 ? Number.NaN : Number(held.subarray(0, end).toString())
      if (end < 0 || held.length < end + 1 + length) break
      yield JSON.parse(held.subarray(end + 1, end + 1 + length).toString('utf8'))
      held = held.subarray(end + 1 + length)
    }
  }
}

export class HttpStatusError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly method?: 'GET' | 'POST'
}

// Until the answer begins. Streams send a heart beat every 15 s; one that is silent for longer than this is given up.
const silenceMs = 45_000

/** Sends JSON; the answer once it has begun. Throws HttpStatusError for 300 and up. */
export async function send(url: string, body: unknown, options: PostOptions = {}): Promise<IncomingMessage> {
  const { headers = {}, method = 'POST', signal } = options
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(url, {
      method,
      agent: false,
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...headers },
      ...(signal ? { signal } : {}),
    })
    call.setTimeout(silenceMs, () => call.destroy(new Error(`no word from ${url} for ${silenceMs / 1000} s`)))
    call.on('response', resolve)
    call.on('error', reject)
    call.end(method === 'GET' ? undefined : JSON.stringify(body))
  })
  const status = answer.statusCode ?? 0
  if (status < 300) return answer
  throw new HttpStatusError(status, `${url} answered ${status}: ${(await textOf(answer)).slice(0, 300)}`)
}

export async function textOf(message: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of message) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

/** Begins a stream of records as the answer to a call. */
export function beginRecords(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): (record: unknown) => void {
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers })
  response.flushHeaders()
  return (record) => void (response.writableEnded || response.write(encodeRecord(record)))
}
