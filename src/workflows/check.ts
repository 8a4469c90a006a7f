import type { HostNeeds } from '../bootstrap/types.ts'
import type { Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { checkHosts } from '../phases/check-hosts.ts'
import { runPhases } from '../phases/run-phases.ts'
import type { Reporter } from '../reporter/types.ts'

export interface CheckRequest {
  readonly hosts: readonly Host[]
  readonly needs: HostNeeds
  readonly skipChecks: readonly string[]
  readonly forks: number
}

export interface CheckClients {
  readonly transport: Transport
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Looks at everything that a bootstrap would look at before its first change, and changes nothing. */
export async function check(request: CheckRequest, clients: CheckClients): Promise<void> {
  const { skipChecks: skip, ...looked } = request
  await runPhases([checkHosts({ ...looked, skip, ...clients })], { ...clients, check: false, diff: false })
}
