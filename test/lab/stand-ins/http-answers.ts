import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { messageOf } from '../../../src/kernel/errors.ts'
import { textOf } from './record-io.ts'

export interface Call {
  readonly method: string
  /** Without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: () => Promise<unknown>
  readonly response: ServerResponse
}

export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Undefined: the handler answers by itself. */
export type Handler = (call: Call) => Answer | undefined | Promise<Answer | undefined>

/** Listens on the address and port; the handler's faults are answered as 500. */
export async function listen(port: number, host: string, handler: Handler): Promise<Server> {
  const server = createServer((request, response) => void answer(request, response, handler))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return server
}

async function answer(request: IncomingMessage, response: ServerResponse, handler: Handler): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://here')
  const call: Call = {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: async () => JSON.parse((await textOf(request)) || 'null') as unknown,
    response,
  }
  try {
    const given = await handler(call)
    if (given) write(response, given)
  } catch (error) {
    if (!response.headersSent) write(response, { status: 500, text: messageOf(error) })
    else response.destroy()
  }
}

export function write(response: ServerResponse, { status, json, text = '', headers }: Answer): void {
  const type = json === undefined ? 'text/plain;charset=utf-8' : 'application/json'
  response.writeHead(status, { 'Content-Type': type, ...headers })
  response.end(json === undefined ? text : JSON.stringify(json))
}

export const notFound: Answer = { status: 404, text: 'Not Found.' }
