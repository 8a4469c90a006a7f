import { UsageError } from '../../kernel/errors.ts'
import { unknownWord } from '../../kernel/nearest.ts'
import { openInventory } from '../open-inventory.ts'
import { inventoryOptions, outputOptions } from '../shared-options.ts'
import type { Verb } from '../verb.ts'

const options = [...inventoryOptions, ...outputOptions]

export const inventoryList: Verb = {
  name: 'inventory list',
  summary: 'Print groups, hosts and variables as JSON, as ansible-inventory --list does',
  arguments: '',
  options,
  examples: ['kmesos inventory list -i inventory/multinode'],
  screen: 'quiet',
  run: async (request, clients) => {
    const { listInventory } = await import('../../inventory/list-inventory.ts')
    const { inventory } = await openInventory(request, clients)
    clients.print(`${JSON.stringify(listInventory(inventory), undefined, 4)}\n`)
  },
}

export const inventoryGraph: Verb = {
  name: 'inventory graph',
  summary: 'Draw groups and hosts as a tree',
  arguments: '[GROUP]',
  options,
  examples: ['kmesos inventory graph -i inventory/multinode'],
  screen: 'quiet',
  run: async (request, clients) => {
    const { graphInventory } = await import('../../inventory/list-inventory.ts')
    const { inventory } = await openInventory(request, clients)
    const [group = 'all'] = request.words
    const drawn = graphInventory(inventory, group)
    if (drawn === undefined) throw new UsageError(unknownWord('group', group, [...inventory.groups.keys()]))
    clients.print(`${drawn.trimEnd()}\n`)
  },
}

export const inventoryHost: Verb = {
  name: 'inventory host',
  summary: 'Print the variables of one host after all precedence',
  arguments: '<HOST>',
  options,
  examples: ['kmesos inventory host h1 -i inventory/multinode'],
  screen: 'quiet',
  run: async (request, clients) => {
    const { describeHost } = await import('../../inventory/list-inventory.ts')
    const { inventory } = await openInventory(request, clients)
    const [name = ''] = request.words
    const vars = describeHost(inventory, name)
    if (vars === undefined) throw new UsageError(unknownWord('host', name, [...inventory.hosts.keys()]))
    clients.print(`${JSON.stringify(vars, undefined, 4)}\n`)
  },
}
