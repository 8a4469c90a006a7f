import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../kernel/errors.ts'
import type { ContentSource } from '../modules/types.ts'
import type { Place, Role } from './types.ts'

/** Ansible's search order for `src`: the role's folder, the role, beside the tasks, the playbook's folder. */
export function findFile(
  name: string,
  folder: 'files' | 'templates' | 'vars',
  where: {
    readonly role: Role | undefined
    readonly task: Place
    readonly playFile: string
    readonly content: ContentSource
  },
): string {
  const places = name.startsWith('/')
    ? [name]
    : [
        ...(where.role ? [join(where.role.path, folder, name), join(where.role.path, name)] : []),
        join(dirname(where.task.file), folder, name),
        join(dirname(where.task.file), name),
        join(dirname(where.playFile), folder, name),
        join(dirname(where.playFile), name),
      ]
  const found = places.find((place) => where.content.exists(place))
  if (found !== undefined) return resolve(found)
  throw new ConfigError(`${where.task.file}:${where.task.line}: cannot find ${name}`, [], {
    detail: `looked at:\n${[...new Set(places)].join('\n')}`,
  })
}
