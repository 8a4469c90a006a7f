import { dirname } from 'node:path'
import {
  connectionOptions,
  inventoryOptions,
  limitOptions,
  outputOptions,
  planOptions,
  tagOptions,
} from '../shared-options.ts'
import type { OptionDefinition, OptionValues } from '../options.ts'
import type { PlayRequest } from '../../workflows/play.ts'
import type { Verb } from '../verb.ts'
import type { Clients } from '../wire.ts'

const playOptions: readonly OptionDefinition[] = [
  { name: 'syntax-check', help: 'look for faults in the playbook; do not run it' },
  { name: 'list-hosts', help: 'list the hosts of each play; do not run it' },
  { name: 'list-tasks', help: 'list the tasks that would run; do not run it' },
  { name: 'list-tags', help: 'list all tags; do not run it' },
  { name: 'start-at-task', value: 'NAME', help: 'begin at the task of this name (* stands for any text)' },
  { name: 'force-handlers', help: 'run the notified handlers of hosts that fail, too' },
]

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
    ...playOptions,
    ...connectionOptions,
    ...outputOptions,
  ],
  examples: ['kmesos play site.yml -i inventory/multinode', 'kmesos play site.yml -i hosts --check --diff'],
  screen: 'run',
  run: async (request, clients) => {
    const { options } = request
    const [file = ''] = request.words
    const [workflow, { loadPlaybook }, { stepsOfPlay }, { openHosts, becomeByDefault }] = await Promise.all([
      import('../../workflows/play.ts'),
      import('../../playbook/load-playbook.ts'),
      import('../../playbook/flatten.ts'),
      import('../open-hosts.ts'),
    ])
    const [{ chooseHosts }, { openTransport }, { askVariables }] = await Promise.all([
      import('../open-inventory.ts'),
      import('../open-transport.ts'),
      import('../ask-variables.ts'),
    ])
    if (options.flag('syntax-check')) {
      const playbook = loadPlaybook(file)
      for (const each of playbook.plays) stepsOfPlay(each, playbook)
      return clients.print(`${file}: no faults\n`)
    }
    const { inventory, extraVars, vault } = await openHosts(request, clients, dirname(file))
    const hosts = await chooseHosts(inventory, 'all', options.text('limit'))
    const playbook = becomeByDefault(loadPlaybook(file, { vault }), request)
    const transport = await openTransport(request, clients)
    const listed = (['hosts', 'tasks', 'tags'] as const).filter((what) => options.flag(`list-${what}`))
    try {
      const all: PlayRequest = { inventory, playbook, hosts, extraVars, ...choicesOf(options) }
      const own = { ...clients, transport, keepFailed: keeperOf(clients) }
      if (listed.length > 0) return clients.print(workflow.describe(all, own, listed))
      return await workflow.play({ ...all, playbook: await askVariables(playbook, extraVars, clients) }, own)
    } finally {
      await transport.close()
    }
  },
}

function choicesOf(
  options: OptionValues,
): Omit<PlayRequest, 'inventory' | 'playbook' | 'hosts' | 'extraVars'> {
  const startAtTask = options.text('start-at-task')
  return {
    check: options.flag('check'),
    diff: options.flag('diff'),
    tags: options.words('tags'),
    skipTags: options.words('skip-tags'),
    forks: options.number('forks') ?? 1,
    forceHandlers: options.flag('force-handlers'),
    environment: process.env,
    ...(startAtTask === undefined ? {} : { startAtTask }),
  }
}

/** Where the names of hosts that did not get through are kept, for the next run's --limit. */
function keeperOf({ journal }: Clients): (names: readonly string[]) => string | undefined {
  return (names) => {
    const file = journal?.keep('failed-hosts', `${names.join('\n')}\n`)
    return file === undefined ? undefined : `@${file}`
  }
}
