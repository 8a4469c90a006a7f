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
  /**
   * Id of the Marathon deployment that our own last launch began. It may hang (an image that does not exist) and must not
   * stop the deploy that repairs it: that one takes its place. Those of others are waited for.
   */
  readonly ownDeployment: () => Promise<string | undefined>
}

/** All apps in one Marathon deployment, whose id is given. While somebody else's holds an app it is waited for, never forced out. */
export async function putAppsPatiently(apps: readonly MarathonApp[], tools: ChangeTools): Promise<string> {
  const { marathon, signal } = tools
  const ids = apps.map((app) => app.id)
  const { deploymentId } = await patiently(ids, tools, (force) =>
    marathon.putApps(apps, { partialUpdate: false, force, signal }),
  )
  return deploymentId
}

export async function deleteAppPatiently(id: string, tools: ChangeTools): Promise<void> {
  await patiently([id], tools, (force) => tools.marathon.deleteApp(id, { force, signal: tools.signal }))
}

async function patiently<R>(
  ids: readonly string[],
  tools: ChangeTools,
  change: (force: boolean) => Promise<R>,
): Promise<R> {
  const deadline = tools.clock.now() + tools.waitMs
  const holders = async (): Promise<readonly string[]> => {
    const running = await tools.marathon.deployments({ signal: tools.signal })
    const holding = running.filter((each) => each.affectedApps.some((app) => ids.includes(app)))
    return holding.map((each) => each.id)
  }
  for (let force = false; ;) {
    try {
      return await change(force)
    } catch (error) {
      if (!(error instanceof LockedError)) throw error
    }
    const own = await tools.ownDeployment()
    const foreign = async (): Promise<readonly string[]> => (await holders()).filter((id) => id !== own)
    force = own !== undefined && (await holders()).includes(own)
    if ((await foreign()).length === 0) continue
    tools.onWait(ids)
    const what = `the Marathon deployment that holds ${ids.join(', ')}`
    await awaitMarathon(async () => (await foreign()).length === 0, { ...tools, deadline, what })
  }
}

/** Resolves when none of the apps is there any more and their tasks have ended. */
export async function awaitGone(
  ids: readonly string[],
  under: string,
  tools: Omit<ChangeTools, 'onWait' | 'ownDeployment'>,
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
