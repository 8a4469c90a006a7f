import { UsageError } from '../kernel/errors.ts'
import { unknownWord } from '../kernel/nearest.ts'
import type { ServiceClients } from '../phases/clients.ts'
import { readCluster, readMarathon } from '../phases/read-cluster.ts'
import { blockersOf, formatChain, type BlockerChain } from '../services/blockers.ts'
import { jobIsDone } from '../services/cluster-state.ts'
import { progressOf } from '../services/progress.ts'
import { layoutOf } from '../zookeeper/layout.ts'

export interface WhyRequest {
  readonly deployment: string
  /** `keystone-api` or `keystone-api@c2`. */
  readonly subject: string
}

export interface WhyAnswer {
  readonly service: string
  readonly ready: boolean
  /** From the service down to each root blocker. */
  readonly chains: readonly BlockerChain[]
}

/** Why a service is not ready: the chain of what waits for what, down to the root. Throws UsageError for an unknown service. */
export async function why(
  request: WhyRequest,
  clients: Pick<ServiceClients, 'store' | 'marathon' | 'signal'>,
): Promise<WhyAnswer> {
  const [service = '', host] = request.subject.split('@')
  const state = await readCluster(clients.store, layoutOf(request.deployment))
  const spec = state.specs.get(service)
  if (!spec) throw unknownService(service, [...state.specs.keys()], request.deployment)
  const marathon = await readMarathon(clients.marathon, request.deployment, clients.signal)
  const app = marathon.apps.get(service)
  const { ready } = progressOf({ spec, instances: Math.max(1, app?.instances ?? 1), app }, state)
  if ((ready && app) || jobIsDone(spec, state)) return { service, ready: true, chains: [] }
  const chains = blockersOf(service, state, { marathon, ...(host === undefined ? {} : { host }) })
  if (chains.length > 0) return { service, ready: false, chains }
  const link = {
    step: service,
    state: 'unsettled',
    why: 'all its steps hold, but Marathon is still at work on its app',
  }
  return { service, ready: false, chains: [[link]] }
}

function unknownService(service: string, known: readonly string[], deployment: string): UsageError {
  if (known.length > 0) return new UsageError(unknownWord('service', service, known))
  return new UsageError(`${service} is not deployed: the deployment ${deployment} has no services yet`, {
    hint: 'run kmesos deploy; or name another deployment with --deployment',
  })
}

export function formatWhy(answer: WhyAnswer): readonly string[] {
  if (answer.ready) return [`${answer.service} is ready`]
  return answer.chains.flatMap(formatChain)
}
