import { quoteWord } from '../../kernel/shell.ts'
import type { TaskPlan } from '../../plan/types.ts'
import { noChange } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface GroupParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly gid?: number
  readonly system: boolean
  readonly non_unique: boolean
}

type GroupObserved = { readonly gid: number } | null

export const groupModule = defineModule<GroupParams, GroupObserved>({
  name: 'group',
  summary: 'makes, changes or removes a group',
  schema: {
    params: {
      name: { type: 'text', required: true },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      gid: { type: 'integer' },
      system: { type: 'flag', default: false },
      non_unique: { type: 'flag', default: false, about: 'the gid may be that of another group' },
    },
    unsupported: {
      local: 'groupadd and groupmod change the local files alone',
      force: 'remove its users first',
    },
  },
  questions: (params) => ({
    group: {
      ask: 'sh',
      script: `getent group -- ${quoteWord(params.name)} || :`,
      reads: ['group:**', 'path:/etc/group'],
    },
  }),
  observe: (answers) => {
    const gid = textIn(answers['group']).text.split(':')[2]
    return gid === undefined ? null : { gid: Number(gid) }
  },
  plan: (params, observed) => {
    const { name, gid } = params
    const withGid = gid === undefined ? [] : ['-g', String(gid), ...(params.non_unique ? ['-o'] : [])]
    if (params.state === 'absent') {
      return observed === null
        ? noChange(`there is no group ${name}`, { name, state: 'absent' })
        : change(`remove group ${name}`, ['groupdel', '--', name])
    }
    if (observed === null) {
      return change(`make group ${name}`, [
        'groupadd',
        ...(params.system ? ['-r'] : []),
        ...withGid,
        '--',
        name,
      ])
    }
    if (gid === undefined || gid === observed.gid)
      return noChange(`group ${name} is as wanted`, {
        name,
        gid: observed.gid,
        state: 'present',
        system: params.system,
      })
    return change(`group ${name}: gid ${observed.gid} -> ${gid}`, ['groupmod', ...withGid, '--', name])
  },
})

function change(message: string, argv: readonly string[]): TaskPlan {
  return { actions: [{ do: 'run', argv }], changed: true, message, touches: ['*'] }
}
