import { quoteWord } from '../../kernel/shell.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { editLines } from '../lineinfile/edit-lines.ts'

interface SysctlParams {
  readonly name: string
  readonly value?: string
  readonly state: 'present' | 'absent'
  readonly sysctl_file: string
  readonly reload: boolean
  readonly sysctl_set: boolean
  readonly ignoreerrors: boolean
}

interface SysctlObserved {
  /** Null: the kernel does not know the name. */
  readonly running: string | null
  readonly file: string
}

export const sysctlModule = defineModule<SysctlParams, SysctlObserved>({
  name: 'sysctl',
  summary: 'sets a kernel parameter now and for the next boot',
  schema: {
    params: {
      name: { type: 'text', required: true, aliases: ['key'] },
      value: { type: 'text', aliases: ['val'] },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      sysctl_file: { type: 'path', default: '/etc/sysctl.conf', aliases: ['file'] },
      reload: { type: 'flag', default: true, about: 'set it now, too' },
      sysctl_set: { type: 'flag', default: false, about: 'set it now, although reload is off' },
      ignoreerrors: {
        type: 'flag',
        default: false,
        about: 'a name that the kernel does not know is written all the same',
      },
    },
  },
  questions: (params) => ({ now: { ask: 'sh', script: sysctlScript(params) } }),
  observe: (answers) => {
    const [head = '', ...rest] = textIn(answers['now']).text.split('\n')
    return {
      running: head === 'unknown' ? null : head.slice(1).replace(/\s+/g, ' ').trim(),
      file: rest.join('\n'),
    }
  },
  plan: planSysctl,
})

function procPath(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`
}

function sysctlScript(params: SysctlParams): string {
  const path = quoteWord(procPath(params.name))
  return `if [ -e ${path} ]; then echo "=$(cat -- ${path})"; else echo unknown; fi; cat -- ${quoteWord(params.sysctl_file)} 2>/dev/null || :`
}

function planSysctl(params: SysctlParams, observed: SysctlObserved): TaskPlan {
  const { name, state, sysctl_file: file, ignoreerrors } = params
  if (state === 'present' && params.value === undefined) return refused('state: present needs value')
  if (state === 'present' && observed.running === null && !ignoreerrors) {
    return refused(`the host's kernel has no parameter ${name}`, 'ignoreerrors: true writes it all the same')
  }
  const actions = [...fileActions(params, observed), ...runningActions(params, observed)]
  const value = params.value ?? ''
  if (actions.length === 0)
    return noChange(state === 'present' ? `${name} is ${value}` : `${name} is not in ${file}`)
  return {
    actions,
    changed: true,
    message:
      state === 'present'
        ? `${name}: ${observed.running ?? 'unknown'} -> ${value}`
        : `${name}: remove from ${file}`,
    touches: [`path:${file}`, `path:${procPath(name)}`],
  }
}

function fileActions(params: SysctlParams, observed: SysctlObserved): readonly Action[] {
  const { name, value = '', state, sysctl_file: file } = params
  const pattern = `^\\s*${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*=`
  const current = new RegExp(`${pattern}(.*)$`, 'm').exec(observed.file)?.[1]
  // Written otherwise but of the same meaning, the line stays.
  if (state === 'present' && current !== undefined && plain(current) === plain(value)) return []
  const text = editLines(observed.file, { line: `${name}=${value}`, regexp: pattern, state })
  return text === observed.file ? [] : [{ do: 'write', path: file, content: text }]
}

/** Taken out of the file, a parameter keeps its value until the next boot. */
function runningActions(params: SysctlParams, observed: SysctlObserved): readonly Action[] {
  const { name, value = '', state } = params
  const sets = state === 'present' && (params.reload || params.sysctl_set) && observed.running !== null
  if (!sets || observed.running === plain(value)) return []
  return [{ do: 'run', argv: ['sh', '-c', 'printf "%s\\n" "$2" >"$1"', 'sh', procPath(name), value] }]
}

function plain(value: string): string {
  return value.replace(/\s+/g, ' ').trim()
}
