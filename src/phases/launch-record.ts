import { NoNodeError } from '../zookeeper/errors.ts'
import type { Layout } from '../zookeeper/layout.ts'
import type { ConfigStore } from '../zookeeper/types.ts'

/** Id of the Marathon deployment that the last launch began; undefined when there was none. */
export async function readLaunch(store: ConfigStore, layout: Layout): Promise<string | undefined> {
  return (await store.read(layout.launch))?.data
}

/** Remembers it, as open as the deployment's own node. */
export async function recordLaunch(store: ConfigStore, layout: Layout, deploymentId: string): Promise<void> {
  try {
    await store.set(layout.launch, deploymentId)
  } catch (error) {
    if (!(error instanceof NoNodeError)) throw error
    await store.create(layout.launch, deploymentId, {
      acl: (await store.getAcl(layout.root)) ?? [],
    })
  }
}
