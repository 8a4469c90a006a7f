import { quoteWord } from '../../kernel/shell.ts'
import { realPathCommand } from '../../plan/real-path.ts'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { editKeys, readKeys } from './edit-keys.ts'

interface KeyParams {
  readonly user: string
  readonly key: string
  readonly state: 'present' | 'absent'
  readonly path?: string
  readonly manage_dir: boolean
  readonly key_options?: string
  readonly comment?: string
  readonly exclusive: boolean
}

interface KeyObserved {
  /** uid:gid, empty when there is no such user. */
  readonly owner: string
  readonly file: string
  readonly content: string
  readonly exists: boolean
}

export const authorizedKeyModule = defineModule<KeyParams, KeyObserved>({
  name: 'authorized_key',
  summary: 'adds or removes SSH keys that may log in as a user',
  schema: {
    params: {
      user: { type: 'text', required: true },
      key: { type: 'text', required: true, about: 'one public key, or several lines of them' },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      path: { type: 'path', about: "`authorized_keys` of the user's .ssh folder unless told" },
      manage_dir: { type: 'flag', default: true, about: 'make the folder, with mode 0700' },
      key_options: { type: 'text' },
      comment: { type: 'text', about: 'instead of the one of the key' },
      exclusive: { type: 'flag', default: false, about: 'no other keys' },
    },
    unsupported: {
      follow: 'links are followed',
      validate_certs: 'keys are not fetched from URLs: use a text, or lookup of a file',
    },
  },
  questions: (params) => ({ keys: { ask: 'sh', script: keysScript(params), reads: readsOf(params) } }),
  observe: (answers) => {
    const text = textIn(answers['keys']).text
    const [owner = '', file = '', exists = '', ...rest] = text.split('\n')
    const content = Buffer.from(rest.join('\n'), 'base64').toString('utf8')
    return { owner, file, exists: exists === 'yes', content }
  },
  plan: planKeys,
})

function readsOf({ user, path }: KeyParams): readonly string[] {
  return [`user:${user}`, 'path:/etc/passwd', path === undefined ? 'path:/**' : `path:${path}`]
}

/** Lines: uid:gid, the file, whether it is there; then its text in base64. */
function keysScript({ user, path }: KeyParams): string {
  const word = quoteWord(user)
  return [
    `km_u=$(getent passwd -- ${word} | cut -d: -f 3,4,6)`,
    `km_f=${path === undefined ? '${km_u##*:}/.ssh/authorized_keys' : quoteWord(path)}`,
    `[ ! -L "$km_f" ] || km_f=$(${realPathCommand('"$km_f"')})`,
    `echo "\${km_u%:*}"; printf '%s\\n' "$km_f"`,
    'if [ -f "$km_f" ]; then echo yes; base64 -- "$km_f"; else echo no; fi',
  ].join('\n')
}

function planKeys(params: KeyParams, observed: KeyObserved): TaskPlan {
  const { user, state } = params
  if (/^https?:/.test(params.key)) {
    return refused('keys are not fetched from URLs', 'get_url them first, or give the text of the key')
  }
  const wanted = readKeys(params.key)
  if (wanted === undefined) return refused(`this is no public key: ${params.key.trim().slice(0, 60)}`)
  if (observed.owner === '') return refused(`there is no user ${user}`)
  if (observed.file === '')
    return refused(`the file of ${user}'s keys is a link that leads to no place, or in a circle`)
  const text = editKeys(observed.content, wanted, params)
  const result = { user, state, keyfile: observed.file, key: params.key, exclusive: params.exclusive }
  if (text === observed.content) return noChange(`keys of ${user} are as wanted`, result)
  const [owner, group] = observed.owner.split(':') as [string, string]
  const place = observed.exists ? {} : { owner, group }
  return {
    actions: [
      ...(params.manage_dir && state === 'present' ? [makeFolder(observed)] : []),
      { do: 'write', path: observed.file, content: text, mode: '0600', ...place },
    ],
    changed: true,
    message: `${state === 'present' ? 'add' : 'remove'} ${wanted.length === 1 ? 'a key' : `${wanted.length} keys`} of ${user}`,
    touches: [`path:${observed.file}`],
    result,
  }
}

const folderScript = '[ -d "$1" ] || { mkdir -m 700 -- "$1" && chown -- "$2" "$1"; }'

function makeFolder({ file, owner }: KeyObserved): Action {
  return { do: 'run', argv: ['sh', '-c', folderScript, 'sh', file.replace(/\/[^/]*$/, ''), owner] }
}
