import type { HostKeyClients, HostKeyRequest, ScannedHost } from '../../workflows/host-keys.ts'
import { connectionOptions, inventoryOptions, limitOptions, outputOptions } from '../shared-options.ts'
import type { OptionDefinition } from '../options.ts'
import type { Request, Verb } from '../verb.ts'
import type { Clients } from '../wire.ts'

const fileOption: OptionDefinition = {
  name: 'known-hosts',
  value: 'FILE',
  help: "file to read and write instead of each host's own (~/.ssh/known_hosts)",
}
const checkOption: OptionDefinition = {
  name: 'check',
  short: 'C',
  help: 'show what would change; change nothing',
}
const options = [...inventoryOptions, ...limitOptions, ...connectionOptions, fileOption, ...outputOptions]

export const hostKeysScan: Verb = {
  name: 'hostkeys scan',
  summary: 'Show the host keys of hosts, through their jump hosts, beside what is known of them',
  arguments: '<PATTERN>',
  about:
    'Nothing is written and nobody logs in, except on jump hosts. Compare the fingerprints with `ssh-keygen -lf` on the hosts.',
  options,
  examples: ['kmesos hostkeys scan all -i inventory/multinode'],
  screen: 'quiet',
  run: (request, clients) =>
    withReader(request, clients, async (wanted, doors) => {
      const { scanHostKeys } = await import('../../workflows/host-keys.ts')
      const { scanned, error } = await scanHostKeys(wanted, doors)
      clients.print(
        clients.json ? `${JSON.stringify(scanned.map(plainOf))}\n` : scanned.flatMap(linesOf).join(''),
      )
      if (error) throw error
    }),
}

export const hostKeysPin: Verb = {
  name: 'hostkeys pin',
  summary: 'Write the host keys that hosts show to known_hosts',
  arguments: '<PATTERN>',
  options: [
    ...options,
    { name: 'hash', help: 'hash names, as HashKnownHosts does' },
    { name: 'replace', help: 'put a key in the place of another one that is known' },
    checkOption,
  ],
  examples: [
    'kmesos hostkeys pin all -i inventory/multinode --check',
    'kmesos hostkeys pin h1 -i inventory/multinode --replace',
  ],
  screen: 'lines',
  run: (request, clients) =>
    withReader(request, clients, async (wanted, doors) => {
      const { pinHostKeys } = await import('../../workflows/host-keys.ts')
      return { changed: await pinHostKeys(wanted, doors) }
    }),
}

export const hostKeysForget: Verb = {
  name: 'hostkeys forget',
  summary: 'Remove what known_hosts says of hosts, which need not be up',
  arguments: '<PATTERN>',
  options: [...options, checkOption],
  examples: ['kmesos hostkeys forget h1 -i inventory/multinode'],
  screen: 'lines',
  run: (request, clients) =>
    withReader(request, clients, async (wanted, doors) => {
      const { forgetHostKeys } = await import('../../workflows/host-keys.ts')
      return { changed: await forgetHostKeys(wanted, doors) }
    }),
}

const words = { known: 'known', new: 'not known', differs: 'DIFFERS', revoked: 'REVOKED' } as const

function linesOf({ host, name, keys }: ScannedHost): readonly string[] {
  return keys.map(({ type, fingerprint, state, where }) => {
    const place = where === undefined ? '' : ` (${where})`
    return `${host}  ${name}  ${type} ${fingerprint}  ${words[state]}${place}\n`
  })
}

function plainOf({ host, name, keys }: ScannedHost): object {
  return {
    host,
    name,
    keys: keys.map(({ blob, ...rest }) => ({ ...rest, key: blob.toString('base64') })),
  }
}

async function withReader<R>(
  request: Request,
  clients: Clients,
  work: (wanted: HostKeyRequest, doors: HostKeyClients) => Promise<R>,
): Promise<R> {
  const [{ openHosts }, { chooseHosts }, { transportOptions }, { createHostKeyReader }] = await Promise.all([
    import('../open-hosts.ts'),
    import('../open-inventory.ts'),
    import('../open-transport.ts'),
    import('../../connection/host-transport.ts'),
  ])
  const { inventory } = await openHosts(request, clients)
  const { options: given } = request
  const hosts = await chooseHosts(inventory, request.words[0] ?? 'all', given.text('limit'))
  const file = given.text('known-hosts')
  const flag = (name: string): boolean => given.has(name) && given.flag(name)
  const own = file === undefined ? {} : { knownHostsFile: file }
  const reader = createHostKeyReader({ ...(await transportOptions(request, clients)), ...own })
  const { reporter, clock, signal } = clients
  const forks = given.number('forks') ?? hosts.length
  const flags = { check: flag('check'), hash: flag('hash'), replace: flag('replace') }
  try {
    return await work(
      { hosts, forks, ...flags, ...(file === undefined ? {} : { file }) },
      { reader, reporter, clock, signal },
    )
  } finally {
    await reader.close()
  }
}
