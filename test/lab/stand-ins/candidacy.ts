import { NodeExistsError } from '../../../src/zookeeper/errors.ts'
import type { Acl, ConfigStore } from '../../../src/zookeeper/types.ts'

export interface Candidacy {
  /** Folder of the candidates: `/mesos`. */
  readonly path: string
  /** What stands before the number: `json.info_`. */
  readonly prefix: string
  readonly data: string
  readonly acl: Acl
}

export interface Leader {
  readonly node: string
  readonly data: string
}

/** Makes the folder, and those above it. */
export async function ensurePath(store: ConfigStore, path: string, acl: Acl): Promise<void> {
  const parts = path.split('/').slice(1)
  for (let depth = 1; depth <= parts.length; depth++) {
    const step = `/${parts.slice(0, depth).join('/')}`
    await store.create(step, '', { acl }).catch((error: unknown) => {
      if (!(error instanceof NodeExistsError)) throw error
    })
  }
}

/** Stands for election: an ephemeral node with the next number. Gives its name. */
export async function contend(store: ConfigStore, { path, prefix, data, acl }: Candidacy): Promise<string> {
  await ensurePath(store, path, acl)
  const made = await store.create(`${path}/${prefix}`, data, { acl, ephemeral: true, sequential: true })
  return made.slice(path.length + 1)
}

/** The candidate with the lowest number; other nodes of the folder do not count. */
export function lowest(names: readonly string[], pattern: RegExp): string | undefined {
  const numberOf = (name: string): number => Number(/(\d+)$/.exec(name)?.[1])
  return names.filter((name) => pattern.test(name)).sort((a, b) => numberOf(a) - numberOf(b))[0]
}

export interface LeaderWatch {
  readonly path: string
  readonly pattern: RegExp
  readonly signal: AbortSignal
}

/** Tells of the leader now and after every change; undefined while there is none. */
export function watchLeader(
  store: ConfigStore,
  { path, pattern, signal }: LeaderWatch,
  listener: (leader: Leader | undefined) => void,
): void {
  let told: string | undefined | null = null
  let turn = 0
  const look = async (names: readonly string[] | undefined): Promise<void> => {
    const mine = ++turn
    const node = lowest(names ?? [], pattern)
    const found = node === undefined ? undefined : await store.read(`${path}/${node}`)
    // It may have ended meanwhile: the next change tells.
    if (mine !== turn || (node !== undefined && found === undefined) || told === node) return
    told = node
    listener(node === undefined || !found ? undefined : { node, data: found.data })
  }
  store.watchChildren(path, (names) => void look(names).catch(() => undefined), { signal })
}
