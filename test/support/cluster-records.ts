import type { WatchedCluster } from './watched-cluster.ts'

/** `keystone-api 5f3a…`: service and start of each registered daemon; a daemon that goes on keeps its word. */
export function registeredStarts(
  { zookeeper }: WatchedCluster,
  services: readonly string[],
): readonly string[] {
  const { registry } = zookeeper()
  return services.flatMap((service) =>
    (registry.get(service) ?? []).map((node) => `${service} ${node.incarnation}`),
  )
}

/** Transactions that made the registrations: others when they were made again in a new session. */
export async function registrationsMade(
  { store, layout }: WatchedCluster,
  services: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = []
  for (const service of services) {
    for (const task of (await store.children(layout.registryOf(service))) ?? [])
      found.push((await store.read(layout.registryOf(service, task)))?.createdZxid ?? 'gone')
  }
  return found
}

/** One-time commands with the moment of their success: a second run of one would change it. */
export function doneOnce({ zookeeper }: WatchedCluster): Readonly<Record<string, string>> {
  const done = [...zookeeper().status].filter(
    ([key, node]) => key.startsWith('global/') && node.state === 'done',
  )
  return Object.fromEntries(done.map(([key, node]) => [key, `${node.since} attempt ${node.attempt}`]).sort())
}

/** The service's task that runs, unless it is the known one. */
export function newTask({ tasks }: WatchedCluster, service: string, known: string): string | undefined {
  const running = tasks().apps.get(service)?.tasks ?? []
  return running.find((task) => task.state === 'TASK_RUNNING' && task.id !== known)?.id
}
