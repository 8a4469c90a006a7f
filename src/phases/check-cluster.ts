import type { ServiceClients } from './clients.ts'
import { checkPhase, type Phase } from './phase.ts'

/** Nothing is changed anywhere before both answer. The store was connected already: a session proves ZooKeeper. */
export function checkCluster({ marathon, store }: Pick<ServiceClients, 'marathon' | 'store'>): Phase {
  return checkPhase('Check that Marathon and ZooKeeper answer', async (signal) => {
    const info = await marathon.info({ signal })
    await store.read('/')
    return `Marathon ${info.version}`
  })
}
