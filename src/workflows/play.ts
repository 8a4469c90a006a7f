import type { Transport } from '../connection/types.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { FailedError, UnreachableError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { loadContent } from '../modules/load-content.ts'
import { listPlays, type Listed } from '../phases/play-list.ts'
import { runPlays } from '../phases/play-run.ts'
import type { PlayRecap, RunPlaysOptions } from '../phases/play-types.ts'
import type { Playbook } from '../playbook/types.ts'
import { abbreviateHosts } from '../reporter/abbreviate-hosts.ts'
import type { Reporter } from '../reporter/types.ts'

export interface PlayRequest {
  readonly inventory: Inventory
  readonly playbook: Playbook
  /** The only hosts to touch. */
  readonly hosts: readonly Host[]
  readonly extraVars: Vars
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly check: boolean
  readonly diff: boolean
  readonly forks: number
  readonly forceHandlers?: boolean
  readonly startAtTask?: string
  /** For lookup('env', …). */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface PlayClients {
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Runs one playbook on the hosts; throws FailedError or UnreachableError when a host did not get through. `keepFailed` keeps
 * the names of those hosts and gives what --limit takes for them.
 */
export async function play(
  request: PlayRequest,
  clients: PlayClients & { readonly keepFailed?: (names: readonly string[]) => string | undefined },
): Promise<PlayRecap> {
  const recap = await runPlaybook(request, clients)
  const open = [...new Set([...recap.failed, ...recap.unreachable, ...recap.notStarted])]
  const limit = open.length > 0 ? clients.keepFailed?.(open) : undefined
  throwUnlessDone(
    recap,
    'the playbook',
    limit === undefined
      ? undefined
      : `mend what is named above; the same command with --limit ${limit} then does only ${countOf(open.length, 'host')}`,
  )
  return recap
}

/** What --list-tasks, --list-tags and --list-hosts print. */
export function describe(request: PlayRequest, clients: PlayClients, what: readonly Listed[]): string {
  return listPlays(request.playbook, optionsOf(request, clients), what)
}

/** The same without a verdict. */
export function runPlaybook(request: PlayRequest, clients: PlayClients): Promise<PlayRecap> {
  return runPlays(request.playbook, optionsOf(request, clients))
}

function optionsOf(request: PlayRequest, clients: PlayClients): RunPlaysOptions {
  const { playbook: _playbook, hosts, ...options } = request
  const { transport, reporter, clock, signal } = clients
  // Without --limit, this machine (which is not part of `all`) takes part where a play names it.
  const isLimited = hosts.length < request.inventory.hosts.size
  const limit = isLimited ? { limit: hosts.map((host) => host.name) } : {}
  return { ...options, ...limit, ...{ transport, reporter, clock, signal }, content: loadContent() }
}

/** The recap names them all. */
const mostNamed = 20

/** `what`: the words that the message begins with, "setting up the components". */
export function throwUnlessDone(recap: PlayRecap, what: string, wayOut?: string): void {
  const { failed, unreachable, notStarted, hosts } = recap
  if (failed.length === 0 && unreachable.length === 0) return
  const parts = [
    ...(failed.length > 0 ? [`${abbreviateHosts(failed, mostNamed)} (failed)`] : []),
    ...(unreachable.length > 0 ? [`${abbreviateHosts(unreachable, mostNamed)} (unreachable)`] : []),
  ]
  const count = failed.length + unreachable.length
  const rest = notStarted.length > 0 ? `; not started: ${abbreviateHosts(notStarted, mostNamed)}` : ''
  const message = `${what} failed on ${count} of ${countOf(hosts.length, 'host')}: ${parts.join(', ')}${rest}`
  const hint = wayOut ?? 'mend what is named above and run the same command again; what is done stays done'
  throw failed.length > 0 ? new FailedError(message, { hint }) : new UnreachableError(message, { hint })
}
