import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'

export interface ServiceParams {
  readonly name?: string
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded'
  readonly enabled?: boolean
  readonly masked?: boolean
  readonly daemon_reload: boolean
  readonly daemon_reexec?: boolean
  readonly no_block?: boolean
  readonly force?: boolean
  readonly scope?: 'system' | 'user' | 'global'
  /** Seconds between stop and start. */
  readonly sleep?: number
}

export interface ServiceObserved {
  readonly systemd: boolean
  /** Words of systemctl: loaded, not-found, masked … */
  readonly load: string
  readonly active: string
  readonly enabled: string
  /** With daemon_reload: some unit file is newer than what systemd has read. */
  readonly stale?: boolean
}

interface Step {
  readonly words: readonly string[]
  readonly said: string
  /** Reloading unit files counts as no change, as for Ansible. */
  readonly quiet?: boolean
}

/** Words of `systemctl is-enabled` that mean: started at boot, or by whatever starts it. */
const enabledWords = ['enabled', 'enabled-runtime', 'static', 'alias', 'indirect', 'generated', 'transient']
/** A unit in one of these states cannot be disabled. */
const fixedWords = ['static', 'indirect', 'generated', 'transient', 'alias']

export function unitName(name: string): string {
  return /\.(service|socket|target|timer|mount|automount|path|slice|scope|device|swap)$/.test(name)
    ? name
    : `${name}.service`
}

/** What systemctl must do, in the order in which it must be done. */
export function planService(params: ServiceParams, observed: ServiceObserved): TaskPlan {
  const { name } = params
  if (!observed.systemd) {
    return refused(
      `cannot manage the service ${String(name)}: the host is not running systemd`,
      'start it by its own means',
    )
  }
  const needsUnit = params.state !== undefined || params.enabled === true
  if (name !== undefined && needsUnit && observed.load === 'not-found' && !params.daemon_reload)
    return refused(`the service ${name} does not exist`, 'install its package first')
  const masked = observed.load === 'masked' && params.masked !== false
  if (masked && (params.state === 'started' || params.state === 'restarted') && params.masked === undefined)
    return refused(`the service ${String(name)} is masked`, 'allow its start with masked: false')
  const steps = stepsFor(params, observed)
  const result = resultOf(params, observed)
  if (steps.length === 0)
    return noChange(
      `${String(name)} is ${observed.active}, ${observed.enabled || 'without a unit file'}`,
      result,
    )
  const changed = steps.some((step) => !step.quiet)
  return {
    actions: steps.map((step) => systemctl(params, step.words)),
    changed,
    message: `${name === undefined ? 'systemd' : name}: ${steps.map((step) => step.said).join(', ')}`,
    touches: changed ? ['*'] : ['unit:**'],
    result,
  }
}

function stepsFor(params: ServiceParams, observed: ServiceObserved): readonly Step[] {
  const reloads =
    params.daemon_reload &&
    (params.name === undefined || observed.stale !== false || observed.load === 'not-found')
  const global: readonly Step[] = [
    ...(params.daemon_reexec ? [{ words: ['daemon-reexec'], said: 're-execute', quiet: true }] : []),
    ...(reloads ? [{ words: ['daemon-reload'], said: 'reload unit files', quiet: true }] : []),
  ]
  if (params.name === undefined) return global
  const unit = unitName(params.name)
  const step = (verb: string, ...flags: readonly string[]): Step => ({
    words: [verb, ...flags, unit],
    said: verb,
  })
  const force = params.force ? ['--force'] : []
  const block = params.no_block ? ['--no-block'] : []
  const isMasked = observed.load === 'masked' || observed.enabled.startsWith('masked')
  const verb = verbFor(params, observed.active)
  return [
    ...global,
    ...(params.masked === undefined || params.masked === isMasked
      ? []
      : [step(params.masked ? 'mask' : 'unmask', ...force)]),
    ...(switches(params, observed) ? [step(params.enabled ? 'enable' : 'disable', ...force)] : []),
    ...verb.map((each) => (each === 'sleep' ? { words: ['sleep'], said: 'wait' } : step(each, ...block))),
  ]
}

function switches({ enabled }: ServiceParams, observed: ServiceObserved): boolean {
  if (enabled === undefined || enabled === enabledWords.includes(observed.enabled)) return false
  return enabled || !fixedWords.includes(observed.enabled)
}

function verbFor(params: ServiceParams, active: string): readonly string[] {
  const runs = active === 'active' || active === 'activating' || active === 'reloading'
  switch (params.state) {
    case 'started':
      return runs ? [] : ['start']
    case 'stopped':
      return runs || active === 'deactivating' ? ['stop'] : []
    case 'restarted':
      return params.sleep === undefined ? ['restart'] : ['stop', 'sleep', 'start']
    case 'reloaded':
      return runs ? ['reload'] : ['start']
    default:
      return []
  }
}

/** A user's own systemd is found by the folder of its session. */
const userScript = 'XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" exec systemctl "$@"'

function systemctl(params: ServiceParams, words: readonly string[]): Action {
  if (words[0] === 'sleep') return { do: 'run', argv: ['sleep', String(params.sleep)] }
  const { scope = 'system' } = params
  if (scope === 'system') return { do: 'run', argv: ['systemctl', ...words] }
  return { do: 'run', argv: ['sh', '-c', userScript, 'systemctl', `--${scope}`, ...words] }
}

function resultOf(params: ServiceParams, observed: ServiceObserved): Readonly<Record<string, unknown>> {
  const { name, state, enabled } = params
  return {
    ...(name === undefined ? {} : { name }),
    ...(state === undefined
      ? {}
      : { state: state === 'restarted' || state === 'reloaded' ? 'started' : state }),
    ...(enabled === undefined ? {} : { enabled }),
    status: { LoadState: observed.load, ActiveState: observed.active, UnitFileState: observed.enabled },
  }
}
