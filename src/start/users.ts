import { readFile } from 'node:fs/promises'
import { ConfigError } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'

/** A user of the image. */
export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  /** Supplementary groups. */
  readonly groups: readonly number[]
  readonly home: string
}

export interface Accounts {
  readonly users: readonly User[]
  readonly groups: ReadonlyMap<string, number>
}

/** The container's own /etc/passwd and /etc/group; an image without them knows nobody. */
export async function loadAccounts(folder = '/etc'): Promise<Accounts> {
  const read = (name: string): Promise<string> => readFile(`${folder}/${name}`, 'utf8').catch(() => '')
  return parseAccounts(await read('passwd'), await read('group'))
}

export function parseAccounts(passwd: string, group: string): Accounts {
  const rows = (text: string): readonly string[][] =>
    text.split('\n').flatMap((line) => (line.includes(':') ? [line.split(':')] : []))
  const memberships = rows(group).map(([name = '', , gid, members = '']) => {
    return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }
  })
  const users = rows(passwd).map(([name = '', , uid, gid, , home]) => {
    const groups = memberships.filter((row) => row.members.includes(name)).map((row) => row.gid)
    return { name, uid: Number(uid), gid: Number(gid), groups, home: home ?? '/' }
  })
  return { users, groups: new Map(memberships.map((row) => [row.name, row.gid])) }
}

/** By name or number; a number that the image does not know is a user of its own group. Throws ConfigError. */
export function findUser(accounts: Accounts, nameOrId: string): User {
  const found = accounts.users.find((user) => user.name === nameOrId || String(user.uid) === nameOrId)
  if (found) return found
  const id = numberOf(nameOrId)
  if (id !== undefined) return { name: nameOrId, uid: id, gid: id, groups: [], home: '/' }
  const known = accounts.users.map((user) => user.name)
  throw new ConfigError(`this image has no such user: ${unknownWord('user', nameOrId, known)}`)
}

export function findGroup(accounts: Accounts, nameOrId: string): number {
  const found = accounts.groups.get(nameOrId) ?? numberOf(nameOrId)
  if (found !== undefined) return found
  throw new ConfigError(
    `this image has no such group: ${unknownWord('group', nameOrId, [...accounts.groups.keys()])}`,
  )
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined
}
