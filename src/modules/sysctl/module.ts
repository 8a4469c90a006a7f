import { quoteWord } from '../../kernel/shell.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { editLines } from '../lineinfile/edit-lines.ts'

interface SysctlParams {
  readonly name: string
  readonly value: string
  readonly file: string
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
      name: { type: 'text', required: true },
      value: { type: 'text', required: true },
      file: { type: 'path', default: '/etc/sysctl.d/90-kmesos.conf', aliases: ['sysctl_file'] },
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
  return `if [ -e ${path} ]; then echo "=$(cat -- ${path})"; else echo unknown; fi; cat -- ${quoteWord(params.file)} 2>/dev/null || :`
}

function planSysctl(params: SysctlParams, observed: SysctlObserved): TaskPlan {
  const { name, value, file } = params
  if (observed.running === null) return refused(`the host's kernel has no parameter ${name}`)
  const pattern = `^\\s*${name.replaceAll('.', '\\.')}\\s*=`
  const text = editLines(observed.file, { line: `${name} = ${value}`, regexp: pattern, state: 'present' })
  const actions: Action[] = []
  if (text !== observed.file) actions.push({ do: 'write', path: file, content: text, mode: '0644' })
  if (observed.running !== value.replace(/\s+/g, ' ')) {
    actions.push({ do: 'run', argv: ['sh', '-c', 'printf "%s\\n" "$2" >"$1"', 'sh', procPath(name), value] })
  }
  if (actions.length === 0) return noChange(`${name} is ${value}`)
  return {
    actions,
    changed: true,
    message: `${name}: ${observed.running} -> ${value}`,
    touches: [`path:${file}`, `path:${procPath(name)}`],
  }
}
