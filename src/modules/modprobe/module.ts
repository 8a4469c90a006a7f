import { quoteWord } from '../../kernel/shell.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface ModprobeParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly params: string
  readonly persistent: 'disabled' | 'absent' | 'present'
}

interface ModprobeObserved {
  readonly loaded: boolean
  /** Text of /etc/modules-load.d/NAME.conf and of /etc/modprobe.d/NAME.conf, null where there is none. */
  readonly load: string | null
  readonly options: string | null
}

export const modprobeModule = defineModule<ModprobeParams, ModprobeObserved>({
  name: 'modprobe',
  summary: 'loads or unloads a kernel module, now and at boot',
  schema: {
    params: {
      name: { type: 'text', required: true },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      params: { type: 'text', default: '', about: 'options of the module' },
      persistent: {
        type: 'text',
        choices: ['disabled', 'absent', 'present'],
        default: 'disabled',
        about: 'present: loaded at boot; disabled: what happens at boot is left alone',
      },
    },
  },
  questions: (params) => ({ module: { ask: 'sh', script: script(params) } }),
  observe: (answers) => {
    const text = textIn(answers['module']).text
    const file = (name: string): string | null => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? null
    return { loaded: text.startsWith('loaded'), load: file('load'), options: file('options') }
  },
  plan: planModprobe,
})

/** Built-in modules are in a list of their own; the kernel writes names with underscores. */
function script({ name }: ModprobeParams): string {
  const kernel = quoteWord(name.replaceAll('-', '_'))
  const one = (word: string, path: string): string =>
    `[ ! -f ${quoteWord(path)} ] || echo "${word} $(tr '\\n' ' ' <${quoteWord(path)})"`
  return [
    `if [ -d /sys/module/${kernel} ] || grep -q ${quoteWord(`/${name.replaceAll('_', '[-_]')}\\.ko`)} "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null; then echo loaded; else echo no; fi`,
    one('load', loadFile(name)),
    one('options', optionsFile(name)),
    ':',
  ].join('\n')
}

function loadFile(name: string): string {
  return `/etc/modules-load.d/${name}.conf`
}

function optionsFile(name: string): string {
  return `/etc/modprobe.d/${name}.conf`
}

function planModprobe(params: ModprobeParams, observed: ModprobeObserved): TaskPlan {
  const { name, state } = params
  const actions: Action[] = []
  if (state === 'present' && !observed.loaded) {
    const options = params.params.split(/\s+/).filter((word) => word !== '')
    actions.push({ do: 'run', argv: ['modprobe', '--', name, ...options] })
  }
  if (state === 'absent' && observed.loaded) actions.push({ do: 'run', argv: ['modprobe', '-r', '--', name] })
  actions.push(...persistence(params, observed))
  if (actions.length === 0)
    return noChange(`${name} is ${observed.loaded ? 'loaded' : 'not loaded'}`, { name, state })
  const verb = state === 'present' ? 'load' : 'unload'
  return {
    actions,
    changed: true,
    message: `${verb} the kernel module ${name}`,
    touches: ['*'],
    result: { name, state },
  }
}

function persistence(params: ModprobeParams, observed: ModprobeObserved): readonly Action[] {
  const { name } = params
  if (params.persistent === 'disabled') return []
  const wanted = params.persistent === 'present' && params.state === 'present'
  const options = params.params === '' ? null : `options ${name} ${params.params}`
  return [
    ...fileActions(loadFile(name), observed.load, wanted ? name : null),
    ...fileActions(optionsFile(name), observed.options, wanted ? options : null),
  ]
}

function fileActions(path: string, now: string | null, wanted: string | null): readonly Action[] {
  if (now?.trim() === wanted?.trim()) return []
  if (wanted === null) return now === null ? [] : [{ do: 'run', argv: ['rm', '-f', '--', path] }]
  return [{ do: 'write', path, content: `${wanted}\n` }]
}
