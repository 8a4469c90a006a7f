import { noChange } from '../no-change.ts'
import { textIn } from '../observation.ts'
import type { Action } from '../../plan/types.ts'
import { defineModule } from '../types.ts'

interface HostnameObserved {
  readonly kernel: string
  readonly file: string
}

export const hostnameModule = defineModule<{ readonly name: string }, HostnameObserved>({
  name: 'hostname',
  summary: "sets the host's name now and for the next boot",
  schema: {
    params: { name: { type: 'text', required: true } },
    unsupported: { use: 'the kernel and /etc/hostname are set, which all distributions read' },
  },
  questions: () => ({
    now: {
      ask: 'sh',
      script: 'cat /proc/sys/kernel/hostname; cat /etc/hostname 2>/dev/null || :',
      reads: ['hostname', 'path:/etc/hostname'],
    },
  }),
  observe: (answers) => {
    const [kernel = '', ...rest] = textIn(answers['now']).text.split('\n')
    return { kernel, file: rest.join('\n') }
  },
  plan: ({ name }, { kernel, file }) => {
    const result = { name, ansible_facts: { ansible_hostname: name.split('.')[0], ansible_nodename: name } }
    const actions: Action[] = []
    if (file.trim() !== name) actions.push({ do: 'write', path: '/etc/hostname', content: `${name}\n` })
    if (kernel !== name) actions.push({ do: 'run', argv: ['hostname', '--', name] })
    if (actions.length === 0) return noChange(`the host is called ${name}`, result)
    return { actions, changed: true, message: `hostname: ${kernel} -> ${name}`, touches: ['*'], result }
  },
})
