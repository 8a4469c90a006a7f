import { skipChecksOption, skippedChecks } from '../skip-checks.ts'
import {
  connectionOptions,
  deploymentOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
  planOptions,
  tagOptions,
} from '../shared-options.ts'
import type { Request, Verb } from '../verb.ts'
import { asPhase, type Clients } from '../wire.ts'

export const bootstrap: Verb = {
  name: 'bootstrap',
  summary: 'Set up Docker, ZooKeeper, Mesos and Marathon (or the embedded engine) on the hosts',
  arguments: '',
  about:
    'Validates everything, checks the hosts before any change, then runs bootstrap/site.yml over SSH and waits until ZooKeeper and Marathon answer. It may be run again at any time: it does what is missing.',
  options: [
    ...inventoryOptions,
    ...limitOptions,
    ...deploymentOptions.filter((option) => option.name !== 'passwords'),
    ...planOptions,
    ...tagOptions,
    skipChecksOption,
    ...connectionOptions,
    ...outputOptions,
  ],
  examples: [
    'kmesos bootstrap -i inventory/all-in-one -i my-hosts',
    'kmesos bootstrap -i inventory/multinode --check --diff',
    'kmesos bootstrap -i inventory/multinode --limit compute --tags docker',
  ],
  screen: 'run',
  run: async (request, clients) => {
    const [workflow, loading, { openTransport }, { shareConnections }] = await Promise.all([
      import('../../workflows/bootstrap.ts'),
      import('../load-bootstrap.ts'),
      import('../open-transport.ts'),
      import('../share-connections.ts'),
    ])
    const loaded = await asPhase(clients, 'Read and validate everything', () =>
      loading.loadBootstrap(request, clients),
    )
    const transport = shareConnections(await openTransport(request, clients))
    try {
      const doors = { ...clients, transport, ...loading.clusterDoors(loaded, clients) }
      const { changed } = await workflow.bootstrap({ ...loaded, ...runOptions(request) }, doors)
      tellEnd(request, clients, { changed, loaded })
      return { changed }
    } finally {
      await transport.close()
    }
  },
}

function runOptions({ options }: Request): {
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly check: boolean
  readonly diff: boolean
  readonly forks: number
  readonly skipChecks: readonly string[]
} {
  return {
    tags: options.words('tags'),
    skipTags: options.words('skip-tags'),
    check: options.flag('check'),
    diff: options.flag('diff'),
    forks: options.number('forks') ?? 1,
    skipChecks: skippedChecks(options, 'bootstrap'),
  }
}

interface End {
  readonly changed: boolean
  readonly loaded: { readonly zookeeper: string; readonly marathon: readonly string[] }
}

function tellEnd({ options }: Request, { reporter, clock }: Clients, { changed, loaded }: End): void {
  const check = options.flag('check')
  const lines = [
    ...(changed ? [] : [check ? 'nothing would change' : 'nothing changed']),
    ...(check ? [] : [`ZooKeeper: ${loaded.zookeeper}`, `Marathon: ${loaded.marathon.join(', ')}`]),
  ]
  for (const text of lines) reporter.report({ kind: 'message', level: 'info', text, at: clock.now() })
}
