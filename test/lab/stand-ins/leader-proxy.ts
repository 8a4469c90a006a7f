import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { write } from './http-answers.ts'

const loopHeader = 'x-marathon-via'
// Source: Marathon's LeaderProxyFilter waits about 11 times 250 ms for a leader.
const tries = 11
const pauseMs = 250

export interface ProxyOptions {
  /** `host:port` of the leader; undefined while none is known. */
  readonly leader: () => string | undefined
  readonly self: string
  /** Whether we lead and serve by now. */
  readonly serves: () => boolean
}

/** A standby's answer: what the leader says, or 302 to its event stream. False: we lead, and shall answer ourselves. */
export async function answerAsStandby(
  incoming: IncomingMessage,
  response: ServerResponse,
  { leader, self, serves }: ProxyOptions,
): Promise<boolean> {
  for (let left = tries; left > 0; left--) {
    if (serves()) return false
    const found = leader()
    if (found !== undefined && found !== self) {
      await passOn(incoming, response, { leader: found, self })
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  write(response, { status: 502, text: 'Could not determine the current leader' })
  return true
}

async function passOn(
  incoming: IncomingMessage,
  response: ServerResponse,
  { leader, self }: { readonly leader: string; readonly self: string },
): Promise<void> {
  const path = incoming.url ?? '/'
  if (path.startsWith('/v2/events')) {
    return write(response, { status: 302, headers: { Location: `http://${leader}${path}` } })
  }
  if (incoming.headers[loopHeader] !== undefined)
    return write(response, { status: 502, text: 'Detected proxying loop.' })
  await new Promise<void>((resolve) => {
    const headers = { ...incoming.headers, [loopHeader]: `1.1 ${self}` }
    const call = request(
      `http://${leader}${path}`,
      { method: incoming.method, headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response).on('close', resolve)
      },
    )
    call.on('error', () => {
      if (!response.headersSent) write(response, { status: 502, text: 'Connection refused' })
      resolve()
    })
    incoming.pipe(call)
  })
}
