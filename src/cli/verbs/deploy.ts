import { basename } from 'node:path'
import {
  connectionOptions,
  deploymentOptions,
  inventoryOptions,
  outputOptions,
  planOptions,
} from '../shared-options.ts'
import type { Verb } from '../verb.ts'
import { operatorOf } from '../operator.ts'
import { asPhase } from '../wire.ts'

export const deploy: Verb = {
  name: 'deploy',
  summary: 'Launch services, all at once, and wait until they are ready',
  arguments: '[SERVICE...]',
  about:
    'Validates everything, puts keys on the hosts, writes the configuration to ZooKeeper, puts all apps at once, and follows them until every service is ready or it can be named what is not and why. Ends with openrc and the endpoints.',
  options: [
    ...inventoryOptions,
    ...deploymentOptions,
    { name: 'profile', value: 'NAME', help: 'named list of roles (roles/profiles.yml)' },
    { name: 'outputs', value: 'DIR', fallback: '.kmesos', help: 'where openrc is written (.kmesos)' },
    {
      name: 'wait',
      value: 'SECONDS',
      number: true,
      fallback: '900',
      help: 'how long services may take to become ready (900)',
    },
    ...planOptions,
    ...connectionOptions,
    ...outputOptions,
  ],
  examples: [
    'kmesos deploy -i inventory/all-in-one --profile minimal',
    'kmesos deploy keystone-api -i inventory/multinode --check --diff',
  ],
  screen: 'run',
  run: async (request, clients) => {
    const { options, words } = request
    const [{ openDeployment, withServices }, workflow] = await Promise.all([
      import('../open-deployment.ts'),
      import('../../workflows/deploy.ts'),
    ])
    const loaded = await asPhase(clients, 'Read and validate everything', () =>
      openDeployment(request, clients),
    )
    // A wrong name is told before anything is reached.
    workflow.selectServices(words, loaded.composition.services)
    const check = options.flag('check')
    const result = await withServices(request, clients, loaded, (services) =>
      workflow.deploy(
        {
          only: words,
          check,
          diff: options.flag('diff'),
          timeoutMs: (options.number('wait') ?? 0) * 1000,
          forks: options.number('forks') ?? 1,
          outputFolder: options.textOr('outputs', ''),
          operator: operatorOf(),
        },
        loaded,
        services,
      ),
    )
    const changed = result.changes.length > 0
    if (!check) {
      const lines = [
        ...Object.entries(result.endpoints).map(([name, url]) => `${name}: ${url}`),
        ...result.outputs.map((file) => `${basename(file)}: ${file}`),
      ]
      for (const text of lines) tell(text)
    }
    if (!changed) tell(check ? 'nothing would change' : 'nothing changed')
    return { changed }

    function tell(text: string): void {
      clients.reporter.report({ kind: 'message', level: 'info', text, at: clients.clock.now() })
    }
  },
}
