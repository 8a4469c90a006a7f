import type { StateJournal } from '../../../src/engine/state-journal.ts'
import { NodeExistsError } from '../../../src/zookeeper/errors.ts'
import type { Acl, ConfigStore } from '../../../src/zookeeper/types.ts'
import { ensurePath } from './candidacy.ts'

/** The engine's state in ZooKeeper: one node for each value, so that the next leader has it. */
export async function openZkJournal(store: ConfigStore, path: string, acl: Acl): Promise<StateJournal> {
  await ensurePath(store, path, acl)
  const entries = new Map<string, unknown>()
  const names = (await store.children(path)) ?? []
  const nodes = await Promise.all(names.map((name) => store.read(`${path}/${name}`)))
  names.forEach((name, index) => {
    const node = nodes[index]
    if (node) entries.set(decodeURIComponent(name), JSON.parse(node.data))
  })
  const dirty = new Set<string>()
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    const keys = [...dirty]
    dirty.clear()
    await Promise.all(
      keys.map((key) => put(store, `${path}/${encodeURIComponent(key)}`, entries.get(key), acl)),
    )
  }
  const flush = (): Promise<void> => {
    const next = writing.then(write)
    writing = next.catch(() => undefined)
    return next
  }
  return {
    entries,
    set: (key, value) => {
      if (value === undefined) entries.delete(key)
      else entries.set(key, value)
      dirty.add(key)
    },
    flush,
    close: flush,
  }
}

async function put(store: ConfigStore, path: string, value: unknown, acl: Acl): Promise<void> {
  if (value === undefined) return await store.remove(path)
  const text = JSON.stringify(value)
  try {
    await store.create(path, text, { acl })
  } catch (error) {
    if (!(error instanceof NodeExistsError)) throw error
    await store.set(path, text)
  }
}
