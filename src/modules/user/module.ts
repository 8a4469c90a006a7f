import { textIn } from '../observation.ts'
import { defineModule } from '../types.ts'
import { planUser } from './plan.ts'
import { readUser, userScript } from './probe.ts'
import type { UserObserved, UserParams } from './types.ts'

/** What the answer depends on. */
const reads = [
  'user:**',
  'group:**',
  'path:/etc/passwd',
  'path:/etc/group',
  'path:/etc/shadow',
  'path:/home/**',
]

const elsewhere = 'it is of another operating system'

export const userModule = defineModule<UserParams, UserObserved>({
  name: 'user',
  summary: 'makes, changes or removes a user',
  schema: {
    params: {
      name: { type: 'text', required: true, aliases: ['user'] },
      state: { type: 'text', choices: ['present', 'absent'], default: 'present' },
      uid: { type: 'integer' },
      non_unique: { type: 'flag', default: false, about: 'the uid may be that of another user' },
      group: { type: 'text', about: 'primary group' },
      groups: { type: 'list', about: 'further groups; an empty list: none' },
      append: { type: 'flag', default: false, about: 'add to the groups, leave none' },
      home: { type: 'path' },
      move_home: { type: 'flag', default: false, about: 'move what is in the old home folder' },
      shell: { type: 'path' },
      comment: { type: 'text' },
      system: { type: 'flag', default: false, about: 'when the user is made' },
      create_home: { type: 'flag', default: true, aliases: ['createhome'] },
      skeleton: { type: 'path', about: 'what a new home folder holds' },
      umask: { type: 'text', about: 'of a new home folder' },
      password: { type: 'text', about: 'hash as crypt(3) makes it; `!` or `*` for none' },
      update_password: { type: 'text', choices: ['always', 'on_create'], default: 'always' },
      password_lock: { type: 'flag' },
      expires: { type: 'number', about: 'seconds since 1970; negative: never' },
      password_expire_max: { type: 'integer', about: 'days' },
      password_expire_min: { type: 'integer', about: 'days' },
      remove: { type: 'flag', default: false, about: 'with state: absent, the home folder too' },
      force: { type: 'flag', default: false, about: 'with state: absent, although the user is logged in' },
      generate_ssh_key: { type: 'flag', default: false, about: 'a key pair, where there is none' },
      ssh_key_type: { type: 'text', default: 'rsa' },
      ssh_key_bits: { type: 'integer' },
      ssh_key_file: {
        type: 'text',
        about: 'below the home folder unless absolute; `.ssh/id_TYPE` unless told',
      },
      ssh_key_comment: { type: 'text' },
    },
    unsupported: {
      ...{
        authorization: elsewhere,
        hidden: elsewhere,
        login_class: elsewhere,
        profile: elsewhere,
        role: elsewhere,
      },
      local: 'useradd and usermod change the local files alone',
      seuser: 'SELinux is not managed, use command: semanage login',
      ssh_key_passphrase: 'it would be on a command line; set it with ssh-keygen -p',
    },
  },
  questions: (params) => ({ user: { ask: 'sh', script: userScript(params), reads } }),
  observe: (answers) => readUser(textIn(answers['user']).text),
  plan: planUser,
  result: (_params, output) => {
    const key = /^(ssh|ecdsa|sk)-\S+ \S+.*$/m.exec(output.stdout)?.[0]
    return key === undefined ? {} : { ssh_public_key: key }
  },
})
