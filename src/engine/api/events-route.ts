import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { EngineEvent } from '../event-bus.ts'
import type { Engine } from '../engine.ts'
import { isoTime } from '../instance.ts'
import { refuse } from './refusal.ts'
import { queryValues } from './request.ts'

// Jetty's default heart beat.
const heartBeatMs = 10_000
// Source: Marathon's --event_stream_max_outstanding_messages; a slower reader is cut off and must read the state anew.
const mostOutstanding = 1024
const averageEventBytes = 1024

/** GET /v2/events: the event stream, filtered by `event_type`. */
export function eventsRoute(server: FastifyInstance, engine: Engine): void {
  server.get('/v2/events', (request, reply) => {
    if (request.headers.accept?.includes('text/event-stream') !== true) {
      throw refuse(405, 'Accept header text/event-stream is required')
    }
    reply.hijack()
    follow(engine, request, reply.raw)
  })
}

function follow(engine: Engine, request: FastifyRequest, raw: ServerResponse): void {
  const types = new Set(queryValues(request, 'event_type'))
  const remoteAddress = request.ip
  raw.writeHead(200, { 'Content-Type': 'text/event-stream;charset=utf-8', 'Cache-Control': 'no-cache' })
  const { bus, clock, signal } = engine.context
  write(raw, { eventType: 'event_stream_attached', remoteAddress, timestamp: isoTime(clock.now()) })
  const unsubscribe = bus.subscribe((event) => {
    if (types.size > 0 && !types.has(event.eventType)) return
    write(raw, event)
    if (raw.writableLength > mostOutstanding * averageEventBytes) raw.destroy()
  })
  const beat = setInterval(() => raw.write('\r\n'), heartBeatMs)
  const end = (): void => void raw.end()
  signal.addEventListener('abort', end)
  raw.on('close', () => {
    clearInterval(beat)
    unsubscribe()
    signal.removeEventListener('abort', end)
    bus.publish('event_stream_detached', { remoteAddress })
  })
}

function write(raw: ServerResponse, event: EngineEvent): void {
  raw.write(`event: ${event.eventType}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`)
}
