import type { AdHocClients, AdHocRequest } from '../../workflows/ad-hoc.ts'
import { usageFault } from '../options.ts'
import { connectionOptions, inventoryOptions, limitOptions, outputOptions } from '../shared-options.ts'
import type { Request, Verb } from '../verb.ts'
import type { Clients } from '../wire.ts'

const options = [...inventoryOptions, ...limitOptions, ...connectionOptions, ...outputOptions]

export const ping: Verb = {
  name: 'ping',
  summary: 'Check that hosts let us in over SSH and run a command',
  arguments: '<PATTERN>',
  options,
  examples: ['kmesos ping all -i inventory/multinode', "kmesos ping 'web:!w3' -i inventory/multinode"],
  screen: 'lines',
  run: (request, clients) =>
    withHosts(request, clients, async (adHoc, doors) => {
      const workflow = await import('../../workflows/ad-hoc.ts')
      await workflow.ping(adHoc, doors)
    }),
}

export const exec: Verb = {
  name: 'exec',
  summary: 'Run one command on hosts and show what it says, line by line',
  arguments: '<PATTERN> [COMMAND] [-- WORD...]',
  about:
    'COMMAND as one word is run by the shell of the host; words after -- are run as they are, without a shell.',
  options,
  examples: [
    "kmesos exec all 'docker ps | wc -l' -i inventory/multinode",
    'kmesos exec all -i h1, -- uptime',
  ],
  screen: 'lines',
  run: (request, clients) => {
    const { argv, title } = commandOf(request)
    return withHosts(request, clients, async (adHoc, doors) => {
      const workflow = await import('../../workflows/ad-hoc.ts')
      await workflow.execute({ ...adHoc, argv, title }, doors)
    })
  },
}

export const facts: Verb = {
  name: 'facts',
  summary: 'Print what hosts say of themselves, as JSON',
  arguments: '<PATTERN>',
  options,
  examples: ['kmesos facts all -i inventory/multinode'],
  screen: 'quiet',
  run: (request, clients) =>
    withHosts(request, clients, async (adHoc, doors) => {
      const workflow = await import('../../workflows/ad-hoc.ts')
      const gathered = await workflow.gatherFacts(adHoc, doors)
      clients.print(`${JSON.stringify(gathered.facts, undefined, 2)}\n`)
      if (gathered.error) throw gathered.error
    }),
}

function commandOf({ words, rest }: Request): { readonly argv: readonly string[]; readonly title: string } {
  const [, command] = words
  if (command !== undefined && rest.length === 0) return { argv: ['sh', '-c', command], title: command }
  if (command === undefined && rest.length > 0) return { argv: rest, title: rest.join(' ') }
  throw usageFault("which command? give one word ('uptime -p'), or words after --", 'exec')
}

async function withHosts(
  request: Request,
  clients: Clients,
  work: (adHoc: AdHocRequest, doors: AdHocClients) => Promise<void>,
): Promise<void> {
  const [{ openHosts, becomeOf }, { chooseHosts }, { openTransport }] = await Promise.all([
    import('../open-hosts.ts'),
    import('../open-inventory.ts'),
    import('../open-transport.ts'),
  ])
  const { inventory } = await openHosts(request, clients)
  const hosts = await chooseHosts(inventory, request.words[0] ?? 'all', request.options.text('limit'))
  const transport = await openTransport(request, clients)
  const { reporter, clock, signal } = clients
  try {
    const forks = request.options.number('forks') ?? hosts.length
    await work({ hosts, forks }, { transport, reporter, clock, signal, becomeOf })
  } finally {
    await transport.close()
  }
}
