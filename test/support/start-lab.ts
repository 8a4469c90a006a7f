import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRegistryNode } from '../../src/start-spec/parse.ts'
import type { RegistryNode, WaitingNode } from '../../src/start-spec/types.ts'
import { connectStore } from '../../src/zookeeper/zookeeper-store.ts'
import { createDeployment, type Deployment } from './deployment.ts'
import { bundleStart, StartLab } from './start-process.ts'
import { startZooKeeper, type TestZooKeeper } from './zookeeper-server.ts'

/** A real ZooKeeper, a deployment in it, and kmesos-start bundled: everything but Docker. */
export interface WholeLab {
  readonly server: TestZooKeeper
  readonly deployment: Deployment
  readonly lab: StartLab
  /** A path in the lab's own folder. */
  at(name: string): string
  /** Text of a file there, empty while it does not exist. */
  textOf(name: string): string
  registered(service: string): Promise<readonly RegistryNode[]>
  waiting(service: string): Promise<WaitingNode | undefined>
  close(): Promise<void>
}

export async function createWholeLab(name: string): Promise<WholeLab> {
  const server = await startZooKeeper()
  const folder = await mkdtemp(join(tmpdir(), `kmesos-${name}-`))
  const deployment = await createDeployment(name, (logins) =>
    connectStore({ servers: server.servers, logins, sessionTimeoutMs: 4_000, requestTimeoutMs: 15_000 }),
  )
  await deployment.writeVariables({ greeting: 'hello', debug: false })
  const lab = new StartLab({ folder, bundle: await bundleStart(folder), servers: server.servers, deployment })
  const { layout, store } = deployment
  const at = (file: string): string => join(folder, file)
  return {
    server,
    deployment,
    lab,
    at,
    textOf: (file) => (existsSync(at(file)) ? readFileSync(at(file), 'utf8') : ''),
    registered: async (service) => {
      const names = (await store.children(layout.registryOf(service))) ?? []
      const nodes = await Promise.all(names.map((child) => store.read(layout.registryOf(service, child))))
      return nodes.flatMap((node) => {
        const parsed = node && parseRegistryNode(node.data, 'registry')
        return parsed && 'value' in parsed ? [parsed.value] : []
      })
    },
    waiting: async (service) => {
      const [child] = (await store.children(layout.waitingOf(service))) ?? []
      const node = child === undefined ? undefined : await store.read(layout.waitingOf(service, child))
      return node && (JSON.parse(node.data) as WaitingNode)
    },
    close: async () => {
      await lab.stopAll()
      await deployment.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
