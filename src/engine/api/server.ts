import { timingSafeEqual } from 'node:crypto'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { messageOf } from '../../kernel/errors.ts'
import type { Secret } from '../../kernel/secret.ts'
import type { Engine } from '../engine.ts'
import { appsRoutes } from './apps-routes.ts'
import { eventsRoute } from './events-route.ts'
import { groupsRoutes } from './groups-routes.ts'
import { Refusal } from './refusal.ts'
import { filesRoutes, systemRoutes, type EngineFacts } from './system-routes.ts'
import { deploymentsRoutes, tasksRoutes } from './tasks-routes.ts'

export interface Credentials {
  readonly user: string
  readonly password: Secret
}

// A group of 500 apps with long environments stays far below.
const bodyLimit = 64 * 1024 * 1024

/** The HTTP server of Marathon's v2 API; not listening yet. */
export function apiServer(engine: Engine, facts: EngineFacts, credentials?: Credentials): FastifyInstance {
  const server = fastify({
    bodyLimit,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 1000 },
  })
  readJsonOnly(server)
  if (credentials)
    server.addHook('onRequest', async (request, reply) =>
      authenticate(request.headers.authorization, reply, credentials),
    )
  server.addHook('onSend', async (_request, reply) => {
    void reply.headers({
      'X-Marathon-Leader': `http://${facts.leader}`,
      'X-Frame-Options': 'DENY',
      'X-XSS-Protection': '1; mode=block',
      'Cache-Control': 'no-cache, no-store, must-revalidate',
      Pragma: 'no-cache',
      Expires: '0',
    })
  })
  server.setErrorHandler((error: FastifyError, _request, reply) => answerError(engine, error, reply))
  // Marathon answers 500 to unknown routes since 1.5.
  server.setNotFoundHandler((_request, reply) => reply.code(500).send({ message: 'URI not found' }))
  appsRoutes(server, engine)
  groupsRoutes(server, engine)
  tasksRoutes(server, engine)
  deploymentsRoutes(server, engine)
  systemRoutes(server, engine, facts)
  filesRoutes(server, engine)
  eventsRoute(server, engine)
  return server
}

function readJsonOnly(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    if (String(text).trim() === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(text)))
    } catch (error) {
      done(new Refusal(400, { message: 'Invalid JSON', details: messageOf(error) }))
    }
  })
}

function answerError(engine: Engine, error: FastifyError, reply: FastifyReply): FastifyReply {
  if (error instanceof Refusal) return reply.code(error.status).send(error.body)
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return reply.code(415).send({ message: 'HTTP 415 Unsupported Media Type' })
  const status = error.statusCode ?? 500
  if (status >= 500) engine.context.log(`internal error: ${error.stack ?? error.message}`)
  return reply.code(status).send({ message: error.message })
}

async function authenticate(
  header: string | undefined,
  reply: FastifyReply,
  { user, password }: Credentials,
): Promise<unknown> {
  const expected = `Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`
  if (header !== undefined && sameText(header, expected)) return undefined
  const html =
    '<html><head><title>Error 401 Unauthorized</title></head><body><h2>HTTP ERROR 401</h2></body></html>'
  return reply.code(401).header('WWW-Authenticate', 'basic realm="Mesosphere"').type('text/html').send(html)
}

/** Takes the same time wherever the first difference is. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
