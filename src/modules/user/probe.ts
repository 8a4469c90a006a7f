import { quoteWord } from '../../kernel/shell.ts'
import type { ShadowSeen, UserObserved, UserParams, UserSeen } from './types.ts'

/** Whether the answer needs /etc/shadow, which root alone may read. */
export function asksShadow(params: UserParams): boolean {
  const { password, password_lock, expires, password_expire_max, password_expire_min } = params
  return [password, password_lock, expires, password_expire_max, password_expire_min].some(
    (each) => each !== undefined,
  )
}

/** The key's file, relative to the home folder unless it is absolute. */
export function keyFile(params: UserParams): string {
  return params.ssh_key_file ?? `.ssh/id_${params.ssh_key_type}`
}

/** Lines `NAME value`; none when there is no such user. */
export function userScript(params: UserParams): string {
  const word = quoteWord(params.name)
  const key = keyFile(params)
  const keyPath = key.startsWith('/') ? quoteWord(key) : `"$km_h"/${quoteWord(key)}`
  return [
    `km_u=$(getent passwd -- ${word})`,
    // A folder of the user is found by the sixth field.
    'if [ -n "$km_u" ]; then km_h=${km_u%:*}; km_h=${km_h##*:}',
    'echo "passwd $km_u"',
    `echo "group $(id -gn -- ${word})"; echo "groups $(id -Gn -- ${word})"`,
    '[ ! -d "$km_h" ] || echo home yes',
    ...(asksShadow(params) ? [`echo "shadow $(getent shadow -- ${word})"`] : []),
    ...(params.generate_ssh_key
      ? [`[ ! -e ${keyPath} ] || echo "key $(cat -- ${keyPath}.pub 2>/dev/null)"`]
      : []),
    `else getent group -- ${word} >/dev/null && echo ofname yes; fi; :`,
  ].join('\n')
}

export function readUser(text: string): UserObserved {
  const value = (name: string): string | undefined => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]
  const passwd = value('passwd')
  if (passwd === undefined) return { user: null, groupOfName: value('ofname') === 'yes' }
  const [, , uid, gid, comment = '', home = '', shell = ''] = passwd.split(':')
  const group = value('group') ?? ''
  const shadow = value('shadow')
  const user: UserSeen = {
    ...{ uid: Number(uid), gid: Number(gid), comment, home, shell, group },
    groups: (value('groups') ?? '').split(' ').filter((name) => name !== group && name !== ''),
    homeExists: value('home') === 'yes',
    ...(shadow === undefined ? {} : { shadow: readShadow(shadow) }),
    ...(value('key') === undefined ? {} : { publicKey: value('key') as string }),
  }
  return { user }
}

function readShadow(line: string): ShadowSeen {
  const [, hash = '', , min = '', max = '', , , expires = ''] = line.split(':')
  return { hash, min, max, expires }
}
