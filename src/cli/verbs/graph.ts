import type { GraphFormat } from '../../services/format-graph.ts'
import { deploymentOptions, inventoryOptions, outputOptions } from '../shared-options.ts'
import type { Verb } from '../verb.ts'

export const graph: Verb = {
  name: 'graph',
  summary: 'Draw what waits for what; prove it complete and without a cycle',
  arguments: '',
  options: [
    ...inventoryOptions,
    ...deploymentOptions.filter((option) => option.name !== 'passwords'),
    { name: 'profile', value: 'NAME', help: 'named list of roles (roles/profiles.yml)' },
    {
      name: 'format',
      value: 'FORMAT',
      choices: ['text', 'mermaid', 'dot', 'json'],
      fallback: 'text',
      help: 'how it is drawn (text)',
    },
    ...outputOptions,
  ],
  examples: ['kmesos graph -i inventory/all-in-one --format mermaid'],
  screen: 'quiet',
  run: async (request, clients) => {
    const [workflow, { baseFolder }, { openInventory }] = await Promise.all([
      import('../../workflows/graph.ts'),
      import('../project-folder.ts'),
      import('../open-inventory.ts'),
    ])
    const { options } = request
    const { inventory, extraVars } = await openInventory(request, clients)
    const site = {
      inventory,
      extraVars,
      deployment: options.textOr('deployment', ''),
      base: baseFolder(request),
    }
    const format: GraphFormat = clients.json ? 'json' : (options.text('format') as GraphFormat)
    const drawn = await workflow.graph({ ...site, profile: options.text('profile') }, format)
    clients.print(`${drawn.trimEnd()}\n`)
  },
}
