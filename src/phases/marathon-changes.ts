import type { Clock } from '../kernel/clock.ts'
import { LockedError, TimeoutError } from '../kernel/errors.ts'
import { isEvent } from '../marathon/events.ts'
import type { Marathon } from '../marathon/port.ts'
import type { MarathonApp } from '../marathon/types.ts'

export interface ChangeTools {
  readonly marathon: Marathon
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long Marathon deployments of others are waited for. */
  readonly waitMs: number
  readonly onWait: (appIds: readonly string[]) => void
}

/** All apps in one Marathon deployment. While another one holds an app it is waited for; it is never forced out. */
export async function putAppsPatiently(apps: readonly MarathonApp[], tools: ChangeTools): Promise<void> {
  const { marathon, signal } = tools
  const ids = apps.map((app) => app.id)
  await patiently(ids, tools, () => marathon.putApps(apps, { partialUpdate: false, signal }))
}

export async function deleteAppPatiently(id: string, tools: ChangeTools): Promise<void> {
  await patiently([id], tools, () => tools.marathon.deleteApp(id, { signal: tools.signal }))
}

async function patiently(
  ids: readonly string[],
  tools: ChangeTools,
  change: () => Promise<unknown>,
): Promise<void> {
  const deadline = tools.clock.now() + tools.waitMs
  for (;;) {
    try {
      await change()
      return
    } catch (error) {
      if (!(error instanceof LockedError)) throw error
    }
    tools.onWait(ids)
    await awaitMarathon(
      async () => {
        const running = await tools.marathon.deployments({ signal: tools.signal })
        return !running.some((deployment) => deployment.affectedApps.some((app) => ids.includes(app)))
      },
      { ...tools, deadline, what: `the Marathon deployment that holds ${ids.join(', ')}` },
    )
  }
}

/** Resolves when none of the apps is there any more and their tasks have ended. */
export async function awaitGone(
  ids: readonly string[],
  under: string,
  tools: Omit<ChangeTools, 'onWait'>,
): Promise<void> {
  if (ids.length === 0) return
  const { marathon, clock, signal } = tools
  const gone = async (): Promise<boolean> => {
    const apps = await marathon.apps({ under, signal })
    if (apps.some((app) => ids.includes(app.id))) return false
    const tasks = await marathon.tasks(undefined, { signal })
    return !tasks.some((task) => ids.includes(task.appId))
  }
  await awaitMarathon(gone, {
    marathon,
    clock,
    signal,
    deadline: clock.now() + tools.waitMs,
    what: 'the end of the tasks',
  })
}

interface Wait {
  readonly marathon: Marathon
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly what: string
}

/**
 * Asks again after each event that could make the condition true, and after each reconnection, since events of the gap are
 * lost. Throws TimeoutError at the deadline.
 */
async function awaitMarathon(holds: () => Promise<boolean>, wait: Wait): Promise<void> {
  const { marathon, clock, signal } = wait
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  let held = false
  const look = async (): Promise<void> => {
    held ||= await holds()
    if (held) over.abort()
  }
  const late = clock.sleep(Math.max(0, wait.deadline - clock.now()), either).then(
    () => over.abort(),
    () => undefined,
  )
  for await (const event of marathon.events({
    signal: either,
    types: [...watchedTypes],
    onConnected: look,
  })) {
    const ended = isEvent(event, 'deployment_success') || isEvent(event, 'deployment_failed')
    if (ended || isEvent(event, 'status_update_event') || isEvent(event, 'app_terminated_event')) await look()
    if (held) break
  }
  over.abort()
  await late
  signal.throwIfAborted()
  if (!held) {
    throw new TimeoutError(`waited in vain for ${wait.what}`, {
      hint: 'look at Marathon deployments (GET /v2/deployments); one that hangs can be cancelled there',
    })
  }
}

const watchedTypes = [
  'deployment_success',
  'deployment_failed',
  'status_update_event',
  'app_terminated_event',
] as const
