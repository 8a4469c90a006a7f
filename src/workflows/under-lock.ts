import type { ServiceClients } from '../phases/clients.ts'
import { withOperatorLock } from '../phases/operator-lock.ts'
import { digestIdOf, loginOf } from '../zookeeper/identity.ts'
import { layoutOf } from '../zookeeper/layout.ts'
import type { LoadedDeployment } from './load-deployment.ts'

/** Who runs the verb; shown to those whom the lock stops. */
export interface Operator {
  readonly who: string
  readonly host: string
  readonly pid: number
  /** The words typed. */
  readonly command: string
}

/** A little more than a session lives after its process was killed. */
const lockWaitMs = 20_000

/** Runs changing work under the operator's lock; with --check without it, since nothing is changed. */
export async function underLock<R>(
  request: { readonly check: boolean; readonly operator: Operator },
  loaded: Pick<LoadedDeployment, 'composition' | 'credentials'>,
  clients: ServiceClients,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  if (request.check) return work(clients.signal)
  const { deployment } = loaded.composition.site
  const { keys } = loaded.credentials
  const { store, clock, signal, reporter } = clients
  const idOf = (who: 'operator' | 'reader'): string =>
    digestIdOf(loginOf(who, deployment, keys[who].reveal()))
  const options = {
    ...{ store, clock, signal, waitMs: lockWaitMs, layout: layoutOf(deployment) },
    holder: { ...request.operator, since: new Date(clock.now()).toISOString() },
    identities: { operator: idOf('operator'), reader: idOf('reader') },
    onWait: (holder: { readonly who: string; readonly host: string; readonly command: string } | undefined) =>
      reporter.report({
        kind: 'message',
        level: 'info',
        text: `waiting for the lock of ${holder ? `${holder.who} on ${holder.host}: ${holder.command}` : 'somebody'}`,
        at: clock.now(),
      }),
  }
  return withOperatorLock(options, work)
}
