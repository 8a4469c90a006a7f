import { parseStatusNode } from '../start-spec/parse.ts'
import type { CommandState, StatusNode } from '../start-spec/types.ts'
import type { Container } from './container.ts'

export interface StatusChange {
  readonly state: CommandState
  readonly digest: string
  readonly attempt: number
  readonly error?: string | undefined
  readonly log?: readonly string[] | undefined
}

/** Longest text of an error in a status node: nodes are read whole by everybody who waits. */
const longestError = 500

/** The text of a status node, redacted. `since` is now: it is called on changes of state only. */
export function statusText(container: Container, change: StatusChange): string {
  const { identity, clock, redact } = container
  const node: StatusNode = {
    state: change.state,
    digest: change.digest,
    host: identity.host,
    instance: identity.instance,
    attempt: change.attempt,
    since: new Date(clock.now()).toISOString(),
    ...(change.error === undefined ? {} : { error: redact(change.error).slice(0, longestError) }),
    ...(change.log === undefined || change.log.length === 0 ? {} : { log: change.log.map(redact) }),
  }
  return JSON.stringify(node)
}

/** Tells the state of a step of this host: a command that runs in each container, or the daemon. */
export function tellStatus(container: Container, command: string, change: StatusChange): Promise<void> {
  const { identity, layout, publisher } = container
  const path = layout.statusOf({ host: identity.host }, identity.service, command)
  return publisher.put(path, statusText(container, change))
}

/** How an earlier start of the same daemon ended. */
export interface EarlierStart {
  readonly attempt: number
  readonly error?: string
  readonly log?: readonly string[]
}

const noEarlierStart: EarlierStart = { attempt: 0 }

/**
 * Why the daemon failed the time before, to be told on while it is tried again: a daemon that dies again and again would
 * otherwise look like one that just starts. An unreadable node, or one of another digest, tells nothing.
 */
export async function earlierStart(container: Container, digest: string): Promise<EarlierStart> {
  const { identity, layout, store } = container
  const path = layout.statusOf({ host: identity.host }, identity.service, 'daemon')
  const stored = await store.read(path).catch(() => undefined)
  const parsed = stored && parseStatusNode(stored.data, path)
  if (!parsed || !('value' in parsed)) return noEarlierStart
  const { value } = parsed
  if (value.digest !== digest || value.error === undefined) return noEarlierStart
  return { attempt: value.attempt, error: value.error, ...(value.log ? { log: value.log } : {}) }
}
