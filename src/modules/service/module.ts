import { quoteWord } from '../../kernel/shell.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface ServiceParams {
  readonly name: string
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded'
  readonly enabled?: boolean
  readonly daemon_reload: boolean
}

interface ServiceObserved {
  readonly systemd: boolean
  /** Words of systemctl: loaded, not-found, masked … */
  readonly load: string
  readonly active: string
  readonly enabled: string
}

export const serviceModule = defineModule<ServiceParams, ServiceObserved>({
  name: 'service',
  summary: 'starts, stops and enables a systemd service',
  schema: {
    params: {
      name: { type: 'text', required: true },
      state: { type: 'text', choices: ['started', 'stopped', 'restarted', 'reloaded'] },
      enabled: { type: 'flag', about: 'started at boot' },
      daemon_reload: { type: 'flag', default: false },
    },
    oneOf: [['state', 'enabled', 'daemon_reload']],
  },
  questions: (params) => ({ unit: { ask: 'sh', script: unitScript(unitName(params.name)) } }),
  observe: (answers) => {
    const text = textIn(answers['unit']).text
    const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? ''
    return {
      systemd: !text.startsWith('none'),
      load: value('LoadState'),
      active: value('ActiveState'),
      enabled: value('UnitFileState'),
    }
  },
  plan: planService,
})

function unitName(name: string): string {
  return name.includes('.') ? name : `${name}.service`
}

function unitScript(unit: string): string {
  return `if [ -d /run/systemd/system ]; then systemctl show -p LoadState -p ActiveState -p UnitFileState -- ${quoteWord(unit)} 2>&1; else echo none; fi`
}

function planService(params: ServiceParams, observed: ServiceObserved): TaskPlan {
  const unit = unitName(params.name)
  if (!observed.systemd) {
    return refused(
      `cannot manage the service ${params.name}: the host is not running systemd`,
      'start it by its own means',
    )
  }
  if (observed.load === 'not-found')
    return refused(`the service ${params.name} does not exist`, 'install its package first')
  const steps: { readonly words: readonly string[]; readonly said: string }[] = []
  if (params.daemon_reload) steps.push({ words: ['daemon-reload'], said: 'reload unit files' })
  if (
    params.enabled !== undefined &&
    params.enabled !== observed.enabled.startsWith('enabled') &&
    observed.enabled !== 'static'
  ) {
    const verb = params.enabled ? 'enable' : 'disable'
    steps.push({ words: [verb, unit], said: verb })
  }
  const verb = verbFor(params.state, observed.active)
  if (verb !== undefined) steps.push({ words: [verb, unit], said: verb })
  if (steps.length === 0)
    return noChange(`${params.name} is ${observed.active}, ${observed.enabled || 'without a unit file'}`)
  const actions: readonly Action[] = steps.map((step) => ({ do: 'run', argv: ['systemctl', ...step.words] }))
  return {
    actions,
    changed: true,
    message: `${params.name}: ${steps.map((step) => step.said).join(', ')}`,
    touches: ['*'],
  }
}

function verbFor(state: ServiceParams['state'], active: string): string | undefined {
  const runs = active === 'active' || active === 'activating' || active === 'reloading'
  switch (state) {
    case 'started':
      return runs ? undefined : 'start'
    case 'stopped':
      return runs ? 'stop' : undefined
    case 'restarted':
      return 'restart'
    case 'reloaded':
      return runs ? 'reload' : 'start'
    case undefined:
      return undefined
  }
}
