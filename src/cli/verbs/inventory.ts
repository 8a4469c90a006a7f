import { UsageError } from '../../kernel/errors.ts'
import { unknownWord } from '../../kernel/nearest.ts'
import type { Inventory } from '../../inventory/types.ts'
import { chooseHosts, openInventory } from '../open-inventory.ts'
import type { OptionDefinition } from '../options.ts'
import { inventoryOptions, limitOptions, outputOptions } from '../shared-options.ts'
import type { Request, Verb } from '../verb.ts'
import type { Clients } from '../wire.ts'

const playbookDir: OptionDefinition = {
  name: 'playbook-dir',
  value: 'DIR',
  help: 'also read group_vars/ and host_vars/ of this folder of playbooks',
}
const inExport: OptionDefinition = {
  name: 'export',
  help: 'variables where they are set, at groups and hosts, instead of all of them at each host',
}
const asYaml: OptionDefinition = {
  name: 'yaml',
  short: 'y',
  help: 'as YAML, which both read as an inventory',
}
const withVars: OptionDefinition = { name: 'vars', help: 'also the variables' }

const options = [...inventoryOptions, playbookDir]
const about =
  'Encrypted values are shown as they are encrypted; what a file encrypted as a whole holds is shown as ***.'

export const inventoryList: Verb = {
  name: 'inventory list',
  summary: 'Print groups, hosts and variables as JSON, as ansible-inventory --list does',
  arguments: '',
  about,
  options: [...options, inExport, asYaml, ...limitOptions, ...outputOptions],
  examples: [
    'kmesos inventory list -i inventory/multinode',
    'kmesos inventory list -i hosts --export --yaml',
  ],
  screen: 'quiet',
  run: async (request, clients) => {
    const { listInventory, nestInventory } = await import('../../inventory/list-inventory.ts')
    const inventory = await open(request, clients)
    const shape = { export: request.options.flag('export'), only: await onlyOf(inventory, request) }
    const isYaml = request.options.flag('yaml')
    await print(isYaml ? nestInventory(inventory, shape) : listInventory(inventory, shape), request, clients)
  },
}

export const inventoryGraph: Verb = {
  name: 'inventory graph',
  summary: 'Draw groups and hosts as a tree',
  arguments: '[GROUP]',
  about,
  options: [...options, withVars, ...limitOptions, ...outputOptions],
  examples: ['kmesos inventory graph -i inventory/multinode'],
  screen: 'quiet',
  run: async (request, clients) => {
    const { graphInventory } = await import('../../inventory/graph-inventory.ts')
    const inventory = await open(request, clients)
    const [from = 'all'] = request.words
    const only = await onlyOf(inventory, request)
    const drawn = graphInventory(inventory, { from, vars: request.options.flag('vars'), only })
    if (drawn === undefined) throw new UsageError(unknownWord('group', from, [...inventory.groups.keys()]))
    clients.print(`${drawn.trimEnd()}\n`)
  },
}

export const inventoryHost: Verb = {
  name: 'inventory host',
  summary: 'Print the variables of one host after all precedence',
  arguments: '<HOST>',
  about,
  options: [...options, asYaml, ...outputOptions],
  examples: ['kmesos inventory host h1 -i inventory/multinode'],
  screen: 'quiet',
  run: async (request, clients) => {
    const { describeHost } = await import('../../inventory/list-inventory.ts')
    const inventory = await open(request, clients)
    const [name = ''] = request.words
    const vars = describeHost(inventory, name)
    if (vars === undefined) throw new UsageError(unknownWord('host', name, [...inventory.hosts.keys()]))
    await print(vars, request, clients)
  },
}

async function open(request: Request, clients: Clients): Promise<Inventory> {
  const { inventory } = await openInventory(request, clients, {
    playbookDir: request.options.text('playbook-dir'),
    keepSealed: true,
  })
  return inventory
}

async function onlyOf(inventory: Inventory, { options }: Request): Promise<ReadonlySet<string> | undefined> {
  const limit = options.text('limit')
  if (limit === undefined) return undefined
  const hosts = await chooseHosts(inventory, 'all', limit)
  return new Set(hosts.map((host) => host.name))
}

async function print(value: unknown, { options }: Request, clients: Clients): Promise<void> {
  if (!options.flag('yaml')) clients.print(`${JSON.stringify(value, undefined, 4)}\n`)
  else {
    const { yamlText } = await import('../../inventory/yaml-text.ts')
    clients.print(yamlText(value))
  }
}
