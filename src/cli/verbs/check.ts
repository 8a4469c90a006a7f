import { hostChecks } from '../../bootstrap/host-checks.ts'
import { formatTable } from '../../reporter/format-table.ts'
import {
  connectionOptions,
  deploymentOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
} from '../shared-options.ts'
import { skipChecksOption, skippedChecks } from '../skip-checks.ts'
import type { Verb } from '../verb.ts'
import { asPhase } from '../wire.ts'

export const check: Verb = {
  name: 'check',
  summary: 'Look at hosts as bootstrap does before its first change; change nothing',
  arguments: '',
  about:
    'Validates the configuration, then asks all hosts at once and tells every fault of each with the way out. bootstrap begins with the same checks.',
  options: [
    ...inventoryOptions,
    ...limitOptions,
    ...deploymentOptions.filter((option) => option.name !== 'passwords'),
    skipChecksOption,
    { name: 'list', help: 'list the checks and what each looks at' },
    ...connectionOptions,
    ...outputOptions,
  ],
  examples: [
    'kmesos check -i inventory/multinode',
    'kmesos check -i inventory/multinode --skip-checks mtu,memory',
    'kmesos check --list',
  ],
  screen: 'run',
  run: async (request, clients) => {
    const skipChecks = skippedChecks(request.options, 'check')
    if (request.options.flag('list')) {
      const rows = hostChecks.map(({ name, about }) => [name, about])
      clients.print(`${formatTable(['CHECK', 'LOOKS WHETHER'], rows).join('\n')}\n`)
      return
    }
    const [workflow, { loadBootstrap }, { openTransport }] = await Promise.all([
      import('../../workflows/check.ts'),
      import('../load-bootstrap.ts'),
      import('../open-transport.ts'),
    ])
    const { hosts, needs } = await asPhase(clients, 'Read and validate everything', () =>
      loadBootstrap(request, clients),
    )
    const transport = await openTransport(request, clients)
    try {
      const forks = request.options.number('forks') ?? 1
      await workflow.check({ hosts, needs, forks, skipChecks }, { ...clients, transport })
    } finally {
      await transport.close()
    }
  },
}
