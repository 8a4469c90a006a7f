import { messageOf } from '../kernel/errors.ts'
import { until } from './changes.ts'
import type { Config } from './config-source.ts'
import type { Container } from './container.ts'
import { planDaemon, type DaemonPlan } from './plan-daemon.ts'

/** Several nodes change in one deployment, several registrations in one restart: they are taken together. */
const settleMs = 250

export interface ChangeWatch {
  /** What the daemon was started or reloaded with. */
  readonly config: Config
  readonly plan: DaemonPlan
  readonly signal: AbortSignal
}

export interface DaemonChange {
  readonly watch: ChangeWatch
  /** More than files: a reload cannot bring it. */
  readonly essential: boolean
  /** In words, for the log. */
  readonly what: string
}

/** Waits until what is rendered for the daemon really differs from what it runs with. Rejects when the signal aborts. */
export async function awaitChange(container: Container, watch: ChangeWatch): Promise<DaemonChange> {
  const { source, view, clock, log } = container
  let looked = { config: watch.config, registry: watch.plan.registry }
  for (;;) {
    const changed = (): true | undefined => {
      const newConfig = source.current !== undefined && source.current !== looked.config
      return (
        newConfig ||
        [...view.registry].some(([name, nodes]) => looked.registry.get(name) !== nodes) ||
        undefined
      )
    }
    await until([source.changes, view.changes], changed, watch.signal)
    await clock.sleep(settleMs, watch.signal)
    const config = source.current ?? watch.config
    try {
      const plan = await planDaemon(container, config)
      looked = { config, registry: plan.registry }
      const change = compare(watch, config, plan)
      if (change) return change
    } catch (error) {
      watch.signal.throwIfAborted()
      looked = { config, registry: new Map(view.registry) }
      log('daemon', `the new configuration cannot be used, keeps the present one: ${messageOf(error)}`)
    }
  }
}

function compare(watch: ChangeWatch, config: Config, plan: DaemonPlan): DaemonChange | undefined {
  const essential = plan.startDigest !== watch.plan.startDigest
  const files = plan.filesDigest !== watch.plan.filesDigest
  if (!essential && !files) return undefined
  const what = [...(essential ? ['its command changed'] : []), ...(files ? ['its files changed'] : [])].join(
    ', ',
  )
  return { watch: { config, plan, signal: watch.signal }, essential, what }
}
