import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type ApiError, ConfigError, TimeoutError, UnreachableError } from '../../src/kernel/errors.ts'
import { connectMarathon, type MarathonOptions } from '../../src/marathon/marathon-client.ts'
import { ManualClock } from '../fakes/manual-clock.ts'
import { eventually } from '../support/eventually.ts'
import { rejects } from '../support/rejects.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void

/** A server that answers as the test says. */
async function scripted(handler: Handler) {
  let count = 0
  const server = createServer((request, response) => handler(request, response, ++count))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count, close }
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** Moves the clock whenever somebody sleeps, so that retries wait for nothing. */
function impatient(): ManualClock {
  const clock = new ManualClock()
  const sleep = clock.sleep.bind(clock)
  clock.sleep = (ms, signal) => {
    // The watchdog's half minute is not to pass.
    if (ms < 30_000) setImmediate(() => void clock.advance(ms))
    return sleep(ms, signal)
  }
  return clock
}

const client = (urls: readonly string[], more: Partial<MarathonOptions> = {}) =>
  connectMarathon({ urls, clock: impatient(), ...more })

for (const status of [502, 503, 504]) {
  test(`a read that gets ${status} is tried again until it is answered`, async () => {
    const server = await scripted((_, response, count) =>
      count < 4 ? response.writeHead(status).end() : json(response, 200, []),
    )
    assert.equal(await client([server.url]).deployments(), [])
    assert.is(server.count(), 4)
    server.close()
  })
}

test('a POST is never sent twice', async () => {
  const server = await scripted((_, response) => response.writeHead(503).end())
  assert.instance(await rejects(client([server.url]).restart('/web'), /HTTP 503/), UnreachableError)
  assert.is(server.count(), 1)
  server.close()
})

test('when no server answers, all are tried, in turn, and the error names one and the way out', async () => {
  const dead = await scripted(() => undefined)
  dead.close()
  const alive = await scripted((_, response) => json(response, 200, { leader: 'h1:8080' }))
  assert.is(await client([dead.url, alive.url]).leader(), 'h1:8080')
  alive.close()
  const error = await rejects(client([dead.url], { attempts: 2 }).leader(), /cannot reach Marathon at http:/)
  assert.match((error as UnreachableError).hint ?? '', /check that Marathon/)
})

test('a change that gets no answer in time is not sent again', async () => {
  const server = await scripted(() => undefined)
  const marathon = client([server.url], { timeoutMs: 50 })
  assert.instance(
    await rejects(
      marathon.putApp({ id: '/web', cmd: 'sleep 1' }),
      /did not answer PUT \/v2\/apps\/web in time/,
    ),
    TimeoutError,
  )
  assert.is(server.count(), 1)
  server.close()
})

test('details of a refusal are read as a list and as a text', async () => {
  const bodies = [
    { message: 'Object is not valid', details: [{ path: '/id', errors: ['a', 'b'] }] },
    { message: 'Invalid JSON', details: 'Unexpected end' },
    { message: 'requirement failed' },
  ]
  const server = await scripted((_, response, count) =>
    json(response, count === 2 ? 400 : 422, bodies[count - 1]),
  )
  const marathon = client([server.url])
  const problems = async (): Promise<unknown> => {
    const error = await rejects(marathon.putApp({ id: '/web' }))
    assert.instance(error, ConfigError)
    return (error as ConfigError).problems
  }
  assert.equal(await problems(), [
    { where: '/id', message: 'a' },
    { where: '/id', message: 'b' },
  ])
  assert.equal(await problems(), [{ where: 'body', message: 'Unexpected end' }])
  assert.equal(await problems(), [])
  server.close()
})

test('any other answer is an ApiError with its status', async () => {
  const server = await scripted((_, response) => json(response, 500, { message: 'URI not found' }))
  const error = await rejects(client([server.url]).queue(), /HTTP 500: URI not found/)
  assert.is((error as ApiError).status, 500)
  server.close()
})

test('an aborted call ends at once with the reason', async () => {
  const server = await scripted(() => undefined)
  const stop = new AbortController()
  const call = client([server.url]).apps({ signal: stop.signal })
  await eventually(() => server.count() === 1)
  stop.abort(new Error('enough'))
  await rejects(call, /enough/)
  server.close()
})

function stream(response: ServerResponse, ...events: readonly string[]): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (const type of events)
    response.write(`event: ${type}\r\ndata: {"eventType":"${type}","timestamp":""}\r\n\r\n`)
}

test('the event stream is made again after a break, its state read again each time', async () => {
  const server = await scripted((_, response, count) => {
    stream(response, 'event_stream_attached', `round_${count}`)
    if (count < 3) setImmediate(() => response.end())
  })
  const stop = new AbortController()
  const [seen, breaks]: [string[], string[]] = [[], []]
  let reads = 0
  const options = {
    signal: stop.signal,
    onConnected: async () => void reads++,
    onDisconnected: (error: Error) => void breaks.push(error.message),
  }
  for await (const event of client([server.url]).events(options)) {
    seen.push(event.eventType)
    if (event.eventType === 'round_3') stop.abort()
  }
  assert.equal(
    seen.filter((type) => type.startsWith('round')),
    ['round_1', 'round_2', 'round_3'],
  )
  assert.equal([reads, breaks.length], [3, 2])
  server.close()
})

test('a standby’s redirect is followed to the leader', async () => {
  const leader = await scripted((_, response) => stream(response, 'event_stream_attached'))
  const standby = await scripted((request, response) =>
    response.writeHead(302, { Location: `${leader.url}${request.url}` }).end(),
  )
  const stop = new AbortController()
  for await (const event of client([standby.url]).events({ signal: stop.signal })) {
    assert.is(event.eventType, 'event_stream_attached')
    stop.abort()
  }
  leader.close()
  standby.close()
})

test('a stream that is silent for half a minute is given up and made again', async () => {
  const clock = new ManualClock()
  const server = await scripted((_, response) => stream(response, 'event_stream_attached'))
  const marathon = connectMarathon({ urls: [server.url], clock })
  const stop = new AbortController()
  const breaks: string[] = []
  let attached = 0
  const following = (async () => {
    for await (const _ of marathon.events({
      signal: stop.signal,
      onDisconnected: (error) => breaks.push(error.message),
    }))
      attached++
  })()
  await eventually(() => attached === 1)
  await clock.advance(30_000)
  await eventually(() => breaks.length === 1)
  assert.match(breaks[0] ?? '', /silent for 30 s/)
  await clock.advance(500)
  await eventually(() => attached === 2)
  stop.abort()
  await following
  server.close()
})

test.run()
