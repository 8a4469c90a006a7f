import { quoteArgv } from '../../kernel/shell.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'

interface GetentParams {
  readonly database: string
  readonly key: string
  readonly service?: string
  readonly split?: string
  readonly fail_key: boolean
}

export const getentModule = defineModule<GetentParams, { readonly text: string; readonly exitCode: number }>({
  name: 'getent',
  summary: "reads the host's databases: passwd, group, hosts, services",
  schema: {
    params: {
      database: { type: 'text', required: true },
      key: { type: 'text', default: '', about: 'everything unless told' },
      service: { type: 'text' },
      split: {
        type: 'text',
        about: 'what parts the fields; `:` for passwd, shadow, group, gshadow, else white space',
      },
      fail_key: { type: 'flag', default: true, about: 'fail when there is no such key' },
    },
  },
  questions: ({ database, key, service }) => ({
    entries: {
      ask: 'sh',
      script: quoteArgv([
        'getent',
        ...(service === undefined ? [] : ['-s', service]),
        '--',
        database,
        ...(key === '' ? [] : [key]),
      ]),
    },
  }),
  observe: (answers) => {
    const { text, exitCode } = textIn(answers['entries'])
    return { text, exitCode }
  },
  plan: (params, { text, exitCode }) => {
    const { database, key } = params
    if (exitCode === 1) return refused(`there is no database ${database}`)
    if (exitCode === 2 && params.fail_key) return refused(`there is no ${key} in ${database}`)
    if (exitCode > 2) return refused(`${database} cannot be enumerated`, 'name a key')
    const colon = ['passwd', 'shadow', 'group', 'gshadow'].includes(database)
    const rows = text.split('\n').filter((line) => line !== '')
    const entries: Record<string, readonly string[] | null> =
      key === '' || exitCode === 0 ? {} : { [key]: null }
    for (const row of rows) {
      const [name = '', ...fields] = row.split(params.split ?? (colon ? ':' : /\s+/))
      entries[name] = fields
    }
    return noChange(`${rows.length} entries`, { ansible_facts: { [`getent_${database}`]: entries } })
  },
})
