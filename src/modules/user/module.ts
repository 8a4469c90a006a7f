import { quoteWord } from '../../kernel/shell.ts'
import type { TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface UserParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly uid?: number
  readonly group?: string
  readonly groups?: readonly string[]
  readonly append: boolean
  readonly home?: string
  readonly shell?: string
  readonly comment?: string
  readonly system: boolean
  readonly create_home: boolean
}

/** The line of passwd, and the user's groups; null when there is no such user. */
type UserObserved = {
  readonly uid: number
  readonly home: string
  readonly shell: string
  readonly comment: string
  readonly group: string
  readonly groups: readonly string[]
} | null

export const userModule = defineModule<UserParams, UserObserved>({
  name: 'user',
  summary: 'makes, changes or removes a user',
  schema: {
    params: {
      name: { type: 'text', required: true },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      uid: { type: 'integer' },
      group: { type: 'text', about: 'primary group' },
      groups: { type: 'list', about: 'further groups' },
      append: { type: 'flag', default: false, about: 'add to the groups, leave none' },
      home: { type: 'path' },
      shell: { type: 'path' },
      comment: { type: 'text' },
      system: { type: 'flag', default: false },
      create_home: { type: 'flag', default: true },
    },
  },
  questions: (params) => ({ user: { ask: 'sh', script: userScript(params.name) } }),
  observe: (answers) => readUser(textIn(answers['user']).text),
  plan: planUser,
})

function userScript(name: string): string {
  const word = quoteWord(name)
  return `getent passwd -- ${word} && { id -gn -- ${word}; id -Gn -- ${word}; } || :`
}

function readUser(text: string): UserObserved {
  const [passwd = '', group = '', groups = ''] = text.split('\n')
  if (passwd === '') return null
  const [, , uid, , comment = '', home = '', shell = ''] = passwd.split(':')
  return {
    uid: Number(uid),
    home,
    shell,
    comment,
    group,
    groups: groups.split(' ').filter((name) => name !== group),
  }
}

function planUser(params: UserParams, observed: UserObserved): TaskPlan {
  const { name } = params
  if (params.state === 'absent') {
    return observed === null
      ? noChange(`there is no user ${name}`)
      : change(name, `remove user ${name}`, ['userdel', '--', name])
  }
  const options = optionsFor(params, observed)
  if (observed === null) {
    const home = params.create_home ? ['-m'] : ['-M']
    return change(name, `make user ${name}`, [
      'useradd',
      ...home,
      ...(params.system ? ['-r'] : []),
      ...options,
      '--',
      name,
    ])
  }
  if (options.length === 0)
    return noChange(`user ${name} is as wanted`, { uid: observed.uid, home: observed.home })
  return change(name, `change user ${name}: ${options.join(' ')}`, ['usermod', ...options, '--', name])
}

function optionsFor(params: UserParams, observed: UserObserved): readonly string[] {
  const wants = (
    flag: string,
    wanted: string | number | undefined,
    now: string | number | undefined,
  ): readonly string[] => (wanted === undefined || wanted === now ? [] : [flag, String(wanted)])
  return [
    ...wants('-u', params.uid, observed?.uid),
    ...wants('-g', params.group, observed?.group),
    ...wants('-d', params.home, observed?.home),
    ...wants('-s', params.shell, observed?.shell),
    ...wants('-c', params.comment, observed?.comment),
    ...groupOptions(params, observed),
  ]
}

function groupOptions(params: UserParams, observed: UserObserved): readonly string[] {
  if (params.groups === undefined) return []
  const [wanted, now] = [params.groups.map(String), observed?.groups ?? []]
  const missing = wanted.some((group) => !now.includes(group))
  const surplus = !params.append && now.some((group) => !wanted.includes(group))
  if (!missing && !surplus) return []
  return [...(params.append && observed !== null ? ['-a'] : []), '-G', wanted.join(',')]
}

function change(name: string, message: string, argv: readonly string[]): TaskPlan {
  return {
    actions: [{ do: 'run', argv }],
    changed: true,
    message,
    touches: ['user:**', 'group:**', '*'],
    result: { name },
  }
}
