import { quoteWord } from '../../kernel/shell.ts'
import { textIn } from '../observation.ts'
import type { Answers, Questions } from '../types.ts'
import { unitName, type ServiceObserved, type ServiceParams } from './plan.ts'

export function serviceQuestions(params: ServiceParams): Questions {
  const { name, scope = 'system' } = params
  const system = scope === 'system'
  return {
    ...(name === undefined
      ? { unit: { ask: 'sh', script: '[ -d /run/systemd/system ] && echo x=y || echo none', reads: [] } }
      : {
          unit: system
            ? { ask: 'unit', name: unitName(name) }
            : { ask: 'sh', script: userScript(name, scope) },
        }),
    ...(params.daemon_reload && name !== undefined && system
      ? { stale: { ask: 'sh', script: staleScript } }
      : {}),
  }
}

/** Prints a line when what systemd has read is older than its files, for any unit: one may depend on another. */
const staleScript = "systemctl show -p NeedDaemonReload '*' 2>/dev/null | grep -m 1 yes || :"

function userScript(name: string, scope: string): string {
  const show = `systemctl --${scope} show -p LoadState,ActiveState,UnitFileState -- ${quoteWord(unitName(name))}`
  // The settings for all users have no running units.
  const enabled = `echo "LoadState=loaded"; echo "UnitFileState=$(systemctl --global is-enabled -- ${quoteWord(unitName(name))} 2>/dev/null)"`
  return scope === 'global'
    ? enabled
    : `XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" ${show} 2>&1`
}

export function observeService(answers: Answers): ServiceObserved {
  const { text } = textIn(answers['unit'])
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? ''
  return {
    systemd: !text.startsWith('none'),
    load: value('LoadState'),
    active: value('ActiveState'),
    enabled: value('UnitFileState'),
    ...('stale' in answers ? { stale: textIn(answers['stale']).text.includes('yes') } : {}),
  }
}
