import type { HostNeeds } from '../bootstrap/types.ts'
import type { Transport } from '../connection/types.ts'
import type { Host, Inventory, Vars } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { ConfigError } from '../kernel/errors.ts'
import { countOf } from '../kernel/problems.ts'
import { checkHosts } from '../phases/check-hosts.ts'
import { checkPhase, type Phase } from '../phases/phase.ts'
import type { PlayRecap } from '../phases/play-types.ts'
import { runPhases } from '../phases/run-phases.ts'
import type { Playbook } from '../playbook/types.ts'
import type { RecapEvent, Reporter } from '../reporter/types.ts'
import { runPlaybook, throwUnlessDone } from './play.ts'

export interface BootstrapRequest {
  readonly inventory: Inventory
  /** bootstrap/site.yml with all that it includes. */
  readonly playbook: Playbook
  /** The only hosts to touch. */
  readonly hosts: readonly Host[]
  readonly extraVars: Vars
  readonly needs: HostNeeds
  /** Names of checks that are left out. */
  readonly skipChecks: readonly string[]
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly check: boolean
  readonly diff: boolean
  readonly forks: number
}

export interface BootstrapClients {
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Resolve with a word on what answered; reject when nothing does in time. */
  readonly awaitZooKeeper: (signal: AbortSignal) => Promise<string>
  readonly awaitMarathon: (signal: AbortSignal) => Promise<string>
}

/**
 * Brings the cluster's components to what bootstrap/ and the inventory say. A silent look comes first: where it finds
 * nothing to do, a host has cost one connection and one remote command, and nothing more is asked of it.
 */
export async function bootstrap(
  request: BootstrapRequest,
  clients: BootstrapClients,
): Promise<{ readonly changed: boolean }> {
  const run = { changed: false }
  const recaps: RecapEvent[] = []
  const options = { ...clients, check: request.check, diff: request.diff }
  try {
    const clean = request.check ? false : await looksClean(request, clients, recaps)
    const phases = clean ? settlePhases(clients) : bootstrapPhases(request, clients, { run, recaps })
    await runPhases(phases, options)
  } finally {
    const recap = recaps.at(-1)
    if (recap) clients.reporter.report(recap)
  }
  return run
}

interface Told {
  readonly run: { changed: boolean }
  readonly recaps: RecapEvent[]
}

/** The verb's visible list. */
export function bootstrapPhases(
  request: BootstrapRequest,
  clients: BootstrapClients,
  told: Told,
): readonly Phase[] {
  const { hosts, needs, forks, check, skipChecks: skip } = request
  return [
    checkHosts({ hosts, needs, forks, skip, ...clients }),
    runSite(request, clients, told),
    ...(check ? [] : settlePhases(clients)),
  ]
}

function settlePhases(clients: BootstrapClients): readonly Phase[] {
  return [
    checkPhase('Wait until ZooKeeper answers', clients.awaitZooKeeper),
    checkPhase('Wait until Marathon answers', clients.awaitMarathon),
  ]
}

/** The plays of bootstrap/site.yml, whose changes and failures are told host by host. */
function runSite(request: BootstrapRequest, clients: BootstrapClients, { run, recaps }: Told): Phase {
  return checkPhase('Set up the components', async () => {
    const recap = await runPlaybook(request, { ...clients, reporter: withoutRecap(clients.reporter, recaps) })
    run.changed ||= recap.changed
    throwUnlessDone(recap, 'setting up the components')
    const changed = recap.hosts.filter((host) => host.changed > 0).length
    const would = request.check ? 'would change' : 'changed'
    return changed === 0 ? 'nothing to do' : `${countOf(changed, 'host')} ${would}`
  })
}

/** True when a run in check mode, of which nothing is shown, finds all hosts as they are to be. */
async function looksClean(
  request: BootstrapRequest,
  clients: BootstrapClients,
  recaps: RecapEvent[],
): Promise<boolean> {
  const title = 'Look at the hosts'
  const { reporter, clock } = clients
  reporter.report({ kind: 'phase-started', phase: title, at: clock.now() })
  const seen: RecapEvent[] = []
  const silent = withoutRecap({ report: () => undefined, close: () => Promise.resolve() }, seen)
  let recap: PlayRecap | undefined
  try {
    recap = await runPlaybook({ ...request, check: true }, { ...clients, reporter: silent })
  } catch (error) {
    clients.signal.throwIfAborted()
    // What cannot be foreseen on a fresh host is found by the checks and the real run, which say it better.
    if (error instanceof ConfigError) throw failedPhase(error, title, clients)
  }
  const clean = recap?.exitCode === 0 && !recap.changed
  if (clean) recaps.push(...seen)
  const note = clean ? 'nothing to do' : noteOf(recap)
  reporter.report({ kind: 'phase-ended', phase: title, at: clock.now(), outcome: 'ok', note })
  return clean
}

function noteOf(recap: PlayRecap | undefined): string {
  const lost = recap?.unreachable.length ?? 0
  return lost > 0 ? `${countOf(lost, 'host')} cannot be reached` : 'there is something to do'
}

function failedPhase(error: ConfigError, phase: string, { reporter, clock }: BootstrapClients): ConfigError {
  reporter.report({ kind: 'phase-ended', phase, at: clock.now(), outcome: 'failed' })
  return error
}

/** The recap comes at the very end, after the phases that wait; plays that concern no host are not told. */
function withoutRecap(reporter: Reporter, recaps: RecapEvent[]): Reporter {
  let told = true
  return {
    report: (event) => {
      if (event.kind === 'play-started') told = event.hosts.length > 0
      if (event.kind === 'recap') recaps.push(event)
      else if (told) reporter.report(event)
    },
    close: () => reporter.close(),
  }
}
