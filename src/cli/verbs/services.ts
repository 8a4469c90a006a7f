import {
  connectionOptions,
  deploymentOptions,
  inventoryOptions,
  outputOptions,
  planOptions,
} from '../shared-options.ts'
import type { OptionDefinition } from '../options.ts'
import type { Verb } from '../verb.ts'
import { operatorOf } from '../operator.ts'
import { asPhase } from '../wire.ts'

const reading: readonly OptionDefinition[] = [
  ...inventoryOptions,
  ...deploymentOptions,
  ...connectionOptions,
  ...outputOptions,
]

export const status: Verb = {
  name: 'status',
  summary: 'Show hosts, components, and every service: ready, waiting for what, since when',
  arguments: '',
  options: reading,
  examples: ['kmesos status -i inventory/all-in-one'],
  screen: 'quiet',
  run: async (request, clients) => {
    const [{ openDeployment, withServices }, { openTransport }, { becomeOf }, onHosts, workflow] =
      await Promise.all([
        import('../open-deployment.ts'),
        import('../open-transport.ts'),
        import('../open-hosts.ts'),
        import('../../workflows/host-status.ts'),
        import('../../workflows/status.ts'),
      ])
    const loaded = await openDeployment(request, clients)
    const { deployment } = loaded.composition.site
    const transport = await openTransport(request, clients)
    const forks = request.options.number('forks') ?? 1
    const hosts = await onHosts.hostStatus(loaded.inventory, forks, { ...clients, transport, becomeOf })
    await transport.close()
    // Hosts are shown even where ZooKeeper does not answer: they tell why.
    if (!clients.json) clients.print(`${onHosts.formatHostStatus(hosts).join('\n')}\n\n`)
    const services = await withServices(request, clients, loaded, (doors) =>
      workflow.serviceStatus(deployment, doors),
    )
    if (clients.json) clients.print(`${JSON.stringify({ hosts, services })}\n`)
    else clients.print(`${workflow.formatStatus(services).join('\n')}\n`)
  },
}

export const why: Verb = {
  name: 'why',
  summary: 'Say why a service is not ready, down to the root blocker and its last lines',
  arguments: '<SERVICE>',
  options: reading,
  examples: [
    'kmesos why keystone-api -i inventory/all-in-one',
    'kmesos why keystone-api@c2 -i inventory/multinode',
  ],
  screen: 'quiet',
  run: async (request, clients) => {
    const [{ openDeployment, withServices }, workflow] = await Promise.all([
      import('../open-deployment.ts'),
      import('../../workflows/why.ts'),
    ])
    const loaded = await openDeployment(request, clients)
    const { deployment } = loaded.composition.site
    const [subject = ''] = request.words
    const answer = await withServices(request, clients, loaded, (doors) =>
      workflow.why({ deployment, subject }, doors),
    )
    clients.print(clients.json ? `${JSON.stringify(answer)}\n` : `${workflow.formatWhy(answer).join('\n')}\n`)
  },
}

export const logs: Verb = {
  name: 'logs',
  summary: "Show the output of a service's containers",
  arguments: '<SERVICE>',
  options: [
    ...reading,
    { name: 'follow', help: 'go on until interrupted' },
    { name: 'tail', value: 'N', number: true, fallback: '100', help: 'last lines of each container (100)' },
  ],
  examples: ['kmesos logs keystone-api -i inventory/all-in-one --tail 20'],
  screen: 'quiet',
  run: async (request, clients) => {
    const [{ openDeployment, withServices }, workflow] = await Promise.all([
      import('../open-deployment.ts'),
      import('../../workflows/logs.ts'),
    ])
    const loaded = await openDeployment(request, clients)
    const [service = ''] = request.words
    const onLine = (host: string, line: string, stream: 'stdout' | 'stderr'): void =>
      clients.print(clients.json ? `${JSON.stringify({ host, stream, line })}\n` : `[${host}] ${line}\n`)
    const { options } = request
    await withServices(request, clients, loaded, (doors) =>
      workflow.logs(
        {
          deployment: loaded.composition.site.deployment,
          inventory: loaded.inventory,
          service,
          follow: options.flag('follow'),
          tail: options.number('tail') ?? 0,
          onLine,
        },
        doors,
      ),
    )
  },
}

export const destroy: Verb = {
  name: 'destroy',
  summary: 'Remove a deployment: apps, configuration, keys; data only with --volumes',
  arguments: '',
  options: [
    ...inventoryOptions,
    ...deploymentOptions,
    { name: 'yes', help: 'do it without asking' },
    { name: 'volumes', help: 'remove the data of databases and the keys of tokens, too' },
    ...planOptions,
    ...connectionOptions,
    ...outputOptions,
  ],
  examples: [
    'kmesos destroy -i inventory/all-in-one --check',
    'kmesos destroy -i inventory/all-in-one --yes --volumes',
  ],
  screen: 'run',
  run: async (request, clients) => {
    const [{ openDeployment, withServices }, workflow, { confirm }] = await Promise.all([
      import('../open-deployment.ts'),
      import('../../workflows/destroy.ts'),
      import('../confirm.ts'),
    ])
    const { options } = request
    const loaded = await asPhase(clients, 'Read and validate everything', () =>
      openDeployment(request, clients),
    )
    const [check, volumes] = [options.flag('check'), options.flag('volumes')]
    const { deployment } = loaded.composition.site
    if (!check && !options.flag('yes')) {
      const question = `Remove the deployment ${deployment}${volumes ? ' and all its data' : ''}?`
      await clients.hold(() => confirm(question))
    }
    const forks = options.number('forks') ?? 1
    const { changes } = await withServices(request, clients, loaded, (doors) =>
      workflow.destroy(
        { check, diff: options.flag('diff'), volumes, forks, operator: operatorOf() },
        loaded,
        doors,
      ),
    )
    return { changed: changes.length > 0 }
  },
}
