import { buildContainer, loginsOf } from '../../src/start/build-container.ts'
import type { Container } from '../../src/start/container.ts'
import { MemoryZooKeeper, type MemoryStore } from '../fakes/memory-store.ts'
import { createDeployment, type Deployment } from './deployment.ts'

/** kmesos-start's inside on a ZooKeeper in memory. */
export interface MemoryLab {
  readonly zookeeper: MemoryZooKeeper
  readonly deployment: Deployment
  container(service: string, instance: string): Promise<MemoryContainer>
}

export interface MemoryContainer {
  readonly container: Container
  readonly store: MemoryStore
  readonly stop: AbortController
  readonly lines: readonly string[]
}

export async function createMemoryLab(): Promise<MemoryLab> {
  const zookeeper = new MemoryZooKeeper()
  const deployment = await createDeployment('lab', async (logins) => zookeeper.connect(logins))
  await deployment.writeVariables({ greeting: 'hello' })
  return {
    zookeeper,
    deployment,
    container: async (service, instance) => {
      const key = deployment.keyOf(service)
      const store = zookeeper.connect(loginsOf(key))
      const stop = new AbortController()
      const lines: string[] = []
      const write = (line: string): void => void lines.push(line)
      const setting = { key, instance, environment: { HOST: 'h1' }, store, signal: stop.signal, write }
      return { container: await buildContainer(setting), store, stop, lines }
    },
  }
}
