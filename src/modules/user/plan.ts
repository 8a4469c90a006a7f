import { dirname } from 'node:path'
import type { Action, TaskPlan } from '../../plan/types.ts'
import { noChange, refused } from '../no-change.ts'
import { planKey } from './ssh-key.ts'
import type { UserObserved, UserParams, UserSeen } from './types.ts'

interface Step {
  readonly said: string
  readonly actions: readonly Action[]
}

/** Makes, changes or removes a user. */
export function planUser(params: UserParams, observed: UserObserved): TaskPlan {
  const { name } = params
  const { user } = observed
  if (params.state === 'absent') return planAbsent(params, user)
  if (params.password !== undefined && /[:\n]/.test(params.password)) {
    return refused('the password must be a hash as crypt(3) makes it', 'see `openssl passwd -6`')
  }
  const steps = user === null ? creation(params, observed) : correction(params, user)
  const keys = planKey(params, user)
  const all = [...steps, ...(keys ? [keys] : [])]
  const result = resultOf(params, user)
  if (all.length === 0) return noChange(`user ${name} is as wanted`, result)
  return {
    actions: all.flatMap((step) => step.actions),
    changed: true,
    message: `${user === null ? 'make' : 'change'} user ${name}${user === null ? '' : `: ${all.map(({ said }) => said).join(', ')}`}`,
    touches: ['user:**', 'group:**', '*'],
    result,
  }
}

function planAbsent({ name, remove, force }: UserParams, user: UserSeen | null): TaskPlan {
  if (user === null) return noChange(`there is no user ${name}`, { name, state: 'absent' })
  const flags = [...(force ? ['-f'] : []), ...(remove ? ['-r'] : [])]
  return {
    actions: [{ do: 'run', argv: ['userdel', ...flags, '--', name] }],
    changed: true,
    message: `remove user ${name}`,
    touches: ['user:**', 'group:**', '*'],
    result: { name, state: 'absent', remove, force },
  }
}

function creation(params: UserParams, observed: UserObserved): readonly Step[] {
  const { name, home, create_home: createHome, system } = params
  const words = [
    createHome ? '-m' : '-M',
    ...(system ? ['-r'] : []),
    // useradd would make a group of the user's name, which is there.
    ...(params.group === undefined && observed.groupOfName ? ['-N'] : []),
    ...(createHome && params.skeleton !== undefined ? ['-k', params.skeleton] : []),
    ...(createHome && params.umask !== undefined ? ['-K', `UMASK=${params.umask}`] : []),
    ...changedWords(params, null),
  ]
  const parents: readonly Action[] =
    home !== undefined && createHome ? [{ do: 'run', argv: ['mkdir', '-p', '--', dirname(home)] }] : []
  return [
    { said: 'make', actions: [...parents, { do: 'run', argv: ['useradd', ...words, '--', name] }] },
    ...passwordSteps(params, null),
    ...ageSteps(params, null),
  ]
}

function correction(params: UserParams, user: UserSeen): readonly Step[] {
  const words = changedWords(params, user)
  const changed: readonly Step[] =
    words.length === 0
      ? []
      : [{ said: words.join(' '), actions: [{ do: 'run', argv: ['usermod', ...words, '--', params.name] }] }]
  return [...changed, ...passwordSteps(params, user), ...ageSteps(params, user), ...homeSteps(params, user)]
}

/** Options that useradd and usermod share, for what differs. */
function changedWords(params: UserParams, user: UserSeen | null): readonly string[] {
  const wants = (
    flag: string,
    wanted: string | number | undefined,
    now: readonly unknown[],
  ): readonly string[] =>
    wanted === undefined || now.map(String).includes(String(wanted)) ? [] : [flag, String(wanted)]
  const uid = wants('-u', params.uid, user ? [user.uid] : [])
  const home = wants('-d', params.home, user ? [user.home] : [])
  return [
    ...uid,
    ...(uid.length > 0 && params.non_unique ? ['-o'] : []),
    ...wants('-g', params.group, user ? [user.group, user.gid] : []),
    ...home,
    ...(user !== null && home.length > 0 && params.move_home ? ['-m'] : []),
    ...wants('-s', params.shell, user ? [user.shell] : []),
    ...wants('-c', params.comment, user ? [user.comment] : []),
    ...groupWords(params, user),
    ...expiryWords(params, user),
  ]
}

function groupWords(params: UserParams, user: UserSeen | null): readonly string[] {
  if (params.groups === undefined) return []
  const wanted = params.groups.map(String).filter((name) => name !== '')
  const now = user?.groups ?? []
  const missing = wanted.filter((name) => !now.includes(name) && name !== user?.group)
  const surplus = !params.append && now.some((name) => !wanted.includes(name))
  if (missing.length === 0 && !surplus) return []
  return [...(params.append && user !== null ? ['-a'] : []), '-G', wanted.join(',')]
}

const dayMs = 86_400_000

function expiryWords({ expires }: UserParams, user: UserSeen | null): readonly string[] {
  if (expires === undefined) return []
  const wanted = expires < 0 ? '' : String(Math.floor((expires * 1000) / dayMs))
  if ((user?.shadow?.expires ?? '') === wanted) return []
  return ['-e', wanted === '' ? '' : new Date(Number(wanted) * dayMs).toISOString().slice(0, 10)]
}

/** The hash travels on standard input: no list of processes shows it. */
function passwordSteps(params: UserParams, user: UserSeen | null): readonly Step[] {
  const { name, password, password_lock: lock } = params
  const now = user?.shadow?.hash ?? ''
  const bare = (hash: string): string => hash.replace(/^!+/, '')
  const sets =
    password !== undefined &&
    (user === null || (params.update_password === 'always' && bare(now) !== bare(password)))
  const set: readonly Step[] = sets
    ? [
        {
          said: 'password',
          actions: [{ do: 'run', argv: ['chpasswd', '-e'], stdin: `${name}:${password}\n` }],
        },
      ]
    : []
  const after = sets ? password : now
  if (lock === undefined || lock === after.startsWith('!') || (user === null && !lock)) return set
  const verb: Step = {
    said: lock ? 'lock' : 'unlock',
    actions: [{ do: 'run', argv: ['usermod', lock ? '-L' : '-U', '--', name] }],
  }
  return [...set, verb]
}

function ageSteps(params: UserParams, user: UserSeen | null): readonly Step[] {
  const wants = (flag: string, wanted: number | undefined, now: string | undefined): readonly string[] =>
    wanted === undefined || String(wanted) === now ? [] : [flag, String(wanted)]
  const words = [
    ...wants('-M', params.password_expire_max, user?.shadow?.max),
    ...wants('-m', params.password_expire_min, user?.shadow?.min),
  ]
  return words.length === 0
    ? []
    : [
        {
          said: 'age of the password',
          actions: [{ do: 'run', argv: ['chage', ...words, '--', params.name] }],
        },
      ]
}

/** $1 home, $2 uid:gid, $3 skeleton. The mode is that of login.defs, as for useradd. */
const homeScript = `mkdir -p -- "$1" && cp -R -- "$3/." "$1/" && chown -R -- "$2" "$1" || exit
m=$(sed -n 's/^HOME_MODE[[:space:]]*\\([0-7]*\\).*/\\1/p' /etc/login.defs 2>/dev/null || :)
chmod -- "\${m:-0755}" "$1"`

function homeSteps(params: UserParams, user: UserSeen): readonly Step[] {
  const home = params.home ?? user.home
  const moved = params.home !== undefined && params.home !== user.home
  if (!params.create_home || user.homeExists !== false || (moved && params.move_home)) return []
  const owner = `${params.uid ?? user.uid}:${params.group ?? user.gid ?? user.group}`
  const argv = ['sh', '-c', homeScript, 'sh', home, owner, params.skeleton ?? '/etc/skel']
  return [{ said: 'make the home folder', actions: [{ do: 'run', argv }] }]
}

function resultOf(params: UserParams, user: UserSeen | null): Readonly<Record<string, unknown>> {
  const { name, append, move_home, system, create_home } = params
  const made = user === null ? { system, create_home } : { append, move_home }
  const home = params.home ?? user?.home
  const uid = params.uid ?? user?.uid
  return {
    ...{ name, state: 'present', ...made },
    ...(uid === undefined ? {} : { uid }),
    ...(home === undefined ? {} : { home }),
    shell: params.shell ?? user?.shell ?? '',
    comment: params.comment ?? user?.comment ?? '',
    ...(user?.gid === undefined ? {} : { group: user.gid }),
    ...(params.groups === undefined ? {} : { groups: params.groups.join(',') }),
    ...(params.password === undefined ? {} : { password: 'NOT_LOGGING_PASSWORD' }),
    ...(user?.publicKey === undefined ? {} : { ssh_public_key: user.publicKey }),
  }
}
