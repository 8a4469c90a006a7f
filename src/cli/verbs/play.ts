import { dirname } from 'node:path'
import {
  connectionOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
  planOptions,
  tagOptions,
} from '../shared-options.ts'
import type { Verb } from '../verb.ts'

export const play: Verb = {
  name: 'play',
  summary: 'Run a playbook of your own on the hosts',
  arguments: '<playbook>',
  about:
    "Ansible's words with Ansible's meaning, EJS for Jinja, JavaScript expressions for conditions. Consecutive tasks of a host are probed by one remote program; a host with nothing to do costs one connection and one command.",
  options: [
    ...inventoryOptions,
    ...limitOptions,
    ...planOptions,
    ...tagOptions,
    ...connectionOptions,
    ...outputOptions,
  ],
  examples: ['kmesos play site.yml -i inventory/multinode', 'kmesos play site.yml -i hosts --check --diff'],
  screen: 'run',
  run: async (request, clients) => {
    const { options } = request
    const [file = ''] = request.words
    const [workflow, { loadPlaybook }, { openHosts }, { chooseHosts }, { openTransport }] = await Promise.all(
      [
        import('../../workflows/play.ts'),
        import('../../playbook/load-playbook.ts'),
        import('../open-hosts.ts'),
        import('../open-inventory.ts'),
        import('../open-transport.ts'),
      ],
    )
    const { inventory, extraVars, vault } = await openHosts(request, clients, dirname(file))
    const hosts = await chooseHosts(inventory, 'all', options.text('limit'))
    const playbook = loadPlaybook(file, { vault })
    const transport = await openTransport(request, clients)
    try {
      const plan = { check: options.flag('check'), diff: options.flag('diff') }
      const tags = { tags: options.words('tags'), skipTags: options.words('skip-tags') }
      const forks = options.number('forks') ?? 1
      return await workflow.play(
        { inventory, playbook, hosts, extraVars, forks, ...plan, ...tags },
        { ...clients, transport },
      )
    } finally {
      await transport.close()
    }
  },
}
