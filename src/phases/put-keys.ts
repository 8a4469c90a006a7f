import { randomBytes } from 'node:crypto'
import type { Host } from '../inventory/types.ts'
import type { Secret } from '../kernel/secret.ts'
import { changeKeysScript, listKeysScript, wantedKeyLine, type KeyChanges } from '../secrets/service-keys.ts'
import { onHosts, runScript, type HostClients, type HostWork } from './host-scripts.ts'
import { phase, type Change, type Phase } from './phase.ts'

export interface KeysRequest {
  readonly title?: string
  /** Host -> service -> content of its key file. Hosts without services have an empty map. */
  readonly files: ReadonlyMap<string, ReadonlyMap<string, Secret>>
  readonly hosts: ReadonlyMap<string, Host>
  /** /etc/kmesos/<deployment>/keys */
  readonly folder: string
  readonly forks: number
  /** Keys of other services: kept, noted (hosts that have such keys are added to the set), or removed. */
  readonly others: 'keep' | 'remove' | { readonly noteIn: Set<string> }
  /** Look at these hosts alone; undefined: at all of `files`. */
  readonly only?: ReadonlySet<string>
}

interface HostChange extends Change {
  readonly host: Host
  readonly changes: KeyChanges
}

interface Listing {
  readonly host: Host
  /** `NAME MODE DIGEST` of each file that is there. */
  readonly lines: readonly string[]
}

/** Puts each service's key on the hosts that may run it: one remote command per host, one more where something differs. */
export function putKeys(request: KeysRequest, clients: HostClients): Phase {
  // Digests are made with a nonce of this run: what travels is of no use to anybody else.
  const nonce = randomBytes(16).toString('hex')
  return phase<readonly Listing[], HostChange>({
    title: request.title ?? 'Put the keys of the services on the hosts',
    observe: (signal) =>
      onHosts(workOf(request, signal), async (host) => ({
        host,
        lines: (await runScript(host, listKeysScript(request.folder, nonce), { clients, signal }))
          .split('\n')
          .filter((line) => line !== ''),
      })),
    plan: (listings) => listings.flatMap((listing) => planHost(listing, request, nonce) ?? []),
    apply: async (items, signal) => {
      const changes = new Map(items.map((item) => [item.host.name, item.changes]))
      await onHosts(workOf(request, signal), async (host) => {
        const wanted = changes.get(host.name)
        if (wanted) await runScript(host, changeKeysScript(wanted).reveal(), { clients, signal })
      })
    },
  })
}

function planHost({ host, lines }: Listing, request: KeysRequest, nonce: string): HostChange | undefined {
  const wanted = request.files.get(host.name) ?? new Map<string, Secret>()
  const put = new Map([...wanted].filter(([name, key]) => !lines.includes(wantedKeyLine(name, key, nonce))))
  const present = lines.map((line) => line.split(' ')[0] ?? '')
  const others = present.filter((name) => !wanted.has(name) && isServiceName(name))
  if (typeof request.others === 'object' && others.length > 0) request.others.noteIn.add(host.name)
  const remove = request.others === 'remove' ? others : []
  if (put.size === 0 && remove.length === 0) return undefined
  const words = [
    ...(put.size > 0 ? [`put ${[...put.keys()].join(', ')}`] : []),
    ...(remove.length > 0 ? [`remove ${remove.join(', ')}`] : []),
  ]
  const action = put.size === 0 ? 'delete' : lines.length === 0 ? 'create' : 'update'
  const changes = { folder: request.folder, put, remove }
  return { host, changes, subject: `keys on ${host.name}`, action, message: words.join('; ') }
}

/** Names become words of a shell program; others were not written by us. */
function isServiceName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(name)
}

function workOf(request: KeysRequest, signal: AbortSignal): HostWork {
  const names = [...request.files.keys()].filter((name) => request.only?.has(name) ?? true)
  const hosts = names.flatMap((name) => request.hosts.get(name) ?? [])
  const hint =
    'a service cannot start on a host without its key; repair the host, or take it out of the inventory'
  return { what: 'put keys', hint, hosts, forks: request.forks, signal }
}
