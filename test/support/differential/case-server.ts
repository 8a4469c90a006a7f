import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { fixedReply, type Reply } from './case-replies.ts'

/** The small web server that cases fetch from and talk to, as http://files.test:8080 on every host. */
export interface CaseServer {
  /** Line for /etc/hosts of the hosts of the lab with this gateway. */
  close(): Promise<void>
}

const port = 8080

/** Listens on the labs' own addresses alone. `/flaky/NAME` fails twice for each host before it is well. */
export async function startCaseServer(
  addresses: readonly string[],
  files: ReadonlyMap<string, Buffer>,
): Promise<CaseServer> {
  const tries = new Map<string, number>()
  const servers: Server[] = []
  for (const address of addresses) {
    const server = createServer((request, response) => void answer(request, response, { tries, files }))
    server.listen(port, address)
    await once(server, 'listening')
    servers.push(server)
  }
  const close = async (): Promise<void> => {
    for (const server of servers) {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  }
  return { close }
}

interface Known {
  readonly tries: Map<string, number>
  readonly files: ReadonlyMap<string, Buffer>
}

async function answer(request: IncomingMessage, response: ServerResponse, known: Known): Promise<void> {
  const body: Buffer[] = []
  for await (const chunk of request) body.push(chunk as Buffer)
  // apt asks for /apt/./Packages.
  const path = new URL(request.url ?? '/', 'http://files.test').pathname
  const file = known.files.get(path)
  const reply: Reply =
    file !== undefined
      ? { status: 200, type: 'application/octet-stream', body: file }
      : path.startsWith('/flaky/')
        ? flaky(`${request.socket.remoteAddress} ${path}`, known.tries)
        : fixedReply(request, path, Buffer.concat(body).toString('utf8'))
  response.writeHead(reply.status, { 'content-type': reply.type, ...reply.headers })
  response.end(request.method === 'HEAD' ? undefined : reply.body)
}

function flaky(key: string, tries: Map<string, number>): Reply {
  const count = (tries.get(key) ?? 0) + 1
  tries.set(key, count)
  return count > 2
    ? { status: 200, type: 'text/plain', body: `well after ${count} tries\n` }
    : { status: 503, type: 'text/plain', body: 'not yet\n' }
}
