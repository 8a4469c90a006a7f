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
  /** none: another configuration that renders the same. files: a reload can bring it. start: only a new start can. */
  readonly extent: 'none' | 'files' | 'start'
  /** In words, for the log. */
  readonly what: string
}

/**
 * Waits until what is rendered for the daemon differs from what it runs with, or there is a configuration of another name.
 * `onRefused` hears why a new one cannot be used. Rejects when the signal aborts.
 */
export async function awaitChange(
  container: Container,
  watch: ChangeWatch,
  onRefused: (why: string) => void,
): Promise<DaemonChange> {
  const { source, view, clock, log } = container
  let looked = { config: watch.config, registry: watch.plan.registry }
  let refused = false
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
      if (change.extent !== 'none' || refused || isNamedAnew(watch, config)) return change
    } catch (error) {
      watch.signal.throwIfAborted()
      looked = { config, registry: new Map(view.registry) }
      log('daemon', `the new configuration cannot be used, keeps the present one: ${messageOf(error)}`)
      refused = true
      onRefused(`the new configuration cannot be used: ${messageOf(error)}`)
    }
  }
}

function isNamedAnew(watch: ChangeWatch, config: Config): boolean {
  return config.spec.config !== watch.config.spec.config
}

function compare(watch: ChangeWatch, config: Config, plan: DaemonPlan): DaemonChange {
  const start = plan.startDigest !== watch.plan.startDigest
  const files = plan.filesDigest !== watch.plan.filesDigest
  const what = [...(start ? ['its command changed'] : []), ...(files ? ['its files changed'] : [])].join(', ')
  const extent = start ? 'start' : files ? 'files' : 'none'
  return { watch: { config, plan, signal: watch.signal }, extent, what }
}
