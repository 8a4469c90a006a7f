import type { Transport } from '../connection/types.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { FailedError, UnreachableError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { loadContent } from '../modules/load-content.ts'
import { runPlays } from '../phases/play-run.ts'
import type { PlayRecap } from '../phases/play-types.ts'
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
}

export interface PlayClients {
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Runs one playbook on the hosts; throws FailedError or UnreachableError when a host did not get through. */
export async function play(request: PlayRequest, clients: PlayClients): Promise<PlayRecap> {
  const recap = await runPlaybook(request, clients)
  throwUnlessDone(recap, 'the playbook')
  return recap
}

/** The same without a verdict. */
export function runPlaybook(request: PlayRequest, clients: PlayClients): Promise<PlayRecap> {
  const { playbook, hosts, ...options } = request
  const { transport, reporter, clock, signal } = clients
  const limit = hosts.map((host) => host.name)
  return runPlays(playbook, {
    ...options,
    ...{ transport, reporter, clock, signal, limit },
    content: loadContent(),
  })
}

/** The recap names them all. */
const mostNamed = 20

/** `what`: the words that the message begins with, "setting up the components". */
export function throwUnlessDone({ failed, unreachable, hosts }: PlayRecap, what: string): void {
  if (failed.length === 0 && unreachable.length === 0) return
  const parts = [
    ...(failed.length > 0 ? [`${abbreviateHosts(failed, mostNamed)} (failed)`] : []),
    ...(unreachable.length > 0 ? [`${abbreviateHosts(unreachable, mostNamed)} (unreachable)`] : []),
  ]
  const count = failed.length + unreachable.length
  const message = `${what} failed on ${count} of ${countOf(hosts.length, 'host')}: ${parts.join(', ')}`
  const hint = 'mend what is named above and run the same command again; what is done stays done'
  throw failed.length > 0 ? new FailedError(message, { hint }) : new UnreachableError(message, { hint })
}
