import zookeeper, { type Client } from 'node-zookeeper-client'
import { eventually } from './eventually.ts'

/** Writes one node after the other, and remembers which were acknowledged. */
export interface TestWriter {
  /** Resolves when this many more writes were acknowledged. */
  acknowledged(more: number): Promise<void>
  count(): number
  /** Ends the writing; gives the names that were acknowledged and are not there. */
  stop(): Promise<readonly string[]>
}

const folder = '/writer'
const limitMs = 120_000
const pauseMs = 5

export async function startWriter(servers: string): Promise<TestWriter> {
  const client = zookeeper.createClient(servers, { sessionTimeout: 20_000 })
  client.connect()
  await create(client, folder).catch(() => undefined)
  const done: string[] = []
  let goesOn = true
  const writing = (async () => {
    for (let number = 0; goesOn; number++) {
      const name = `n${number}`
      // What fails was not acknowledged: it may be there or not.
      await create(client, `${folder}/${name}`).then(
        () => void done.push(name),
        () => undefined,
      )
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  })()
  return {
    acknowledged: (more) => {
      const wanted = done.length + more
      return eventually(() => done.length >= wanted, limitMs)
    },
    count: () => done.length,
    stop: async () => {
      goesOn = false
      await writing
      const there = new Set(await children(client))
      client.close()
      return done.filter((name) => !there.has(name))
    },
  }
}

const everyone = [new zookeeper.ACL(31, new zookeeper.Id('world', 'anyone'))]

function create(client: Client, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const mode = zookeeper.CreateMode.PERSISTENT
    client.create(path, Buffer.from('x'), everyone, mode, (error) => (error ? reject(error) : resolve()))
  })
}

function children(client: Client): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    client.getChildren(folder, undefined, (error, names = []) => (error ? reject(error) : resolve(names)))
  })
}
