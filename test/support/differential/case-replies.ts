import type { IncomingMessage } from 'node:http'

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** What the server says by path: the same to every host, and the same each time. */
export function fixedReply(request: IncomingMessage, path: string, body: string): Reply {
  switch (path) {
    case '/hello.txt':
      return text(200, 'hello from the lab\n')
    case '/health.json':
      return json(200, { status: 'green', nodes: 3, shards: { ok: 5, failed: 0 } })
    case '/status/204':
      return text(204, '')
    case '/status/404':
      return text(404, 'no such page\n')
    case '/status/500':
      return text(500, 'broken\n')
    case '/redirect':
      return { ...text(302, ''), headers: { location: '/hello.txt' } }
    case '/secret.txt':
      return request.headers.authorization === `Basic ${btoa('alice:wonder land')}`
        ? text(200, 'for alice\n')
        : { ...text(401, 'who are you?\n'), headers: { 'www-authenticate': 'Basic realm="lab"' } }
    case '/echo':
      return json(200, echoOf(request, body))
    case '/items':
      return request.method === 'POST' ? json(201, { created: body }) : json(200, { items: ['a', 'b'] })
    default:
      return text(404, `nothing at ${path}\n`)
  }
}

function echoOf(request: IncomingMessage, body: string): unknown {
  const type = request.headers['content-type'] ?? ''
  return { method: request.method, token: request.headers['x-token'] ?? null, type: type.split(';')[0], body }
}

function text(status: number, body: string): Reply {
  return { status, type: 'text/plain', body }
}

function json(status: number, value: unknown): Reply {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` }
}
