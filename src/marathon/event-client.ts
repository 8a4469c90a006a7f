import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Readable } from 'node:stream'
import type { Clock } from '../kernel/clock.ts'
import { messageOf, UnreachableError } from '../kernel/errors.ts'
import type { MarathonEvent } from './events.ts'
import type { HttpClient } from './http-client.ts'
import type { EventStreamOptions } from './port.ts'
import { NotAuthorizedError } from './refusal-error.ts'

// Jetty's heart beat comes every 10 s: three missing ones mean that nobody is there any more.
const silenceMs = 30_000
const firstDelayMs = 500
const longestDelayMs = 10_000

/** Follows the event stream until the signal aborts; reconnects with growing delays. Wrong credentials are thrown. */
export async function* followEvents(
  http: HttpClient,
  options: EventStreamOptions,
): AsyncGenerator<MarathonEvent> {
  const { signal, onDisconnected } = options
  let delayMs = firstDelayMs
  while (!signal.aborted) {
    try {
      for await (const event of oneConnection(http, options)) {
        delayMs = firstDelayMs
        yield event
      }
      throw new UnreachableError('Marathon closed the event stream')
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof NotAuthorizedError) throw error
      onDisconnected?.(error instanceof Error ? error : new Error(messageOf(error)))
      http.skipServer()
    }
    await http.clock.sleep(delayMs, signal).catch(() => undefined)
    delayMs = Math.min(delayMs * 2, longestDelayMs)
  }
}

async function* oneConnection(http: HttpClient, options: EventStreamOptions): AsyncGenerator<MarathonEvent> {
  const broken = new AbortController()
  const signal = AbortSignal.any([options.signal, broken.signal])
  const query = (options.types ?? []).map((type) => `event_type=${encodeURIComponent(type)}`).join('&')
  const connecting = watchdog(http.clock, broken)
  connecting.touch()
  const source = await http
    .stream(`/v2/events${query === '' ? '' : `?${query}`}`, signal)
    .finally(() => connecting.stop())
  const dog = watchdog(http.clock, broken)
  try {
    dog.touch()
    // Events that come while the state is read wait in the stream: none is lost and none comes too early.
    await options.onConnected?.()
    for await (const event of eventsOf(source, dog.touch)) yield event
  } catch (error) {
    throw broken.signal.aborted ? (broken.signal.reason as Error) : error
  } finally {
    dog.stop()
    source.destroy()
  }
}

async function* eventsOf(source: Readable, alive: () => void): AsyncGenerator<MarathonEvent> {
  let ready: MarathonEvent[] = []
  const parser = createParser({ onEvent: (message) => ready.push(...parsed(message)) })
  const decoder = new TextDecoder()
  for await (const chunk of source) {
    alive()
    parser.feed(decoder.decode(chunk as Buffer, { stream: true }))
    const events = ready
    ready = []
    yield* events
  }
}

/** One event; none when its data is not JSON (a proxy's own page). */
function parsed(message: EventSourceMessage): MarathonEvent[] {
  try {
    const event = JSON.parse(message.data) as MarathonEvent
    return [{ ...event, eventType: event.eventType ?? message.event ?? '' }]
  } catch {
    return []
  }
}

/** Breaks a connection on which nothing has come for too long. */
function watchdog(clock: Clock, broken: AbortController): { touch: () => void; stop: () => void } {
  let timer = new AbortController()
  const touch = (): void => {
    timer.abort()
    timer = new AbortController()
    clock.sleep(silenceMs, timer.signal).then(
      () =>
        broken.abort(
          new UnreachableError(`Marathon's event stream has been silent for ${silenceMs / 1000} s`),
        ),
      () => undefined,
    )
  }
  return { touch, stop: () => timer.abort() }
}
