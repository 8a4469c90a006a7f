import { meetsConstraints } from './constraints.ts'
import { choosePorts } from './host-ports.ts'
import type { StoredApp } from '../marathon/types.ts'
import type { Agent, Instance } from './types.ts'
import { isActive, isCurrent } from './instance.ts'

/** In the order in which Marathon asks: each reason sees only the offers that the ones before it let through. */
export const rejectReasons = [
  'UnfulfilledRole',
  'UnfulfilledConstraint',
  'NoCorrespondingReservationFound',
  'AgentMaintenance',
  'InsufficientCpus',
  'InsufficientMemory',
  'InsufficientDisk',
  'InsufficientGpus',
  'InsufficientPorts',
  'DeclinedScarceResources',
] as const

export type OfferReject = (typeof rejectReasons)[number]

export type OfferMatch = { readonly ports: readonly number[] } | { readonly reject: OfferReject }

/** What the agent still has. */
export interface FreeResources {
  readonly cpus: number
  readonly mem: number
  readonly disk: number
  readonly gpus: number
  /** Grows as instances are launched: copying it for each of 500 would cost more than all the rest. */
  readonly usedPorts: Set<number>
}

/** The agent's resources less those of the instances that it runs. */
export function freeResources(agent: Agent, instances: Iterable<Instance>): FreeResources {
  const usedPorts = new Set<number>()
  let { cpus, mem, disk, gpus } = agent.resources
  for (const instance of instances) {
    if (!isActive(instance)) continue
    cpus -= instance.app.cpus
    mem -= instance.app.mem
    disk -= instance.app.disk
    gpus -= instance.app.gpus
    for (const port of instance.hostPorts) usedPorts.add(port)
  }
  return { cpus, mem, disk, gpus, usedPorts }
}

/** An instance of the same app, and the agent that it was given to. */
export interface PlacedInstance {
  readonly instance: Instance
  readonly agent: Agent
}

/** Host ports for one more instance of the app, or the first reason why the agent's offer does not fit. */
export function matchOffer(
  app: StoredApp,
  { agent, free }: { readonly agent: Agent; readonly free: FreeResources },
  others: readonly PlacedInstance[],
): OfferMatch {
  const running = others.filter(({ instance }) => isActive(instance) && isCurrent(instance, app))
  const agents = running.map((other) => other.agent)
  if (!meetsConstraints(app.constraints ?? [], agent, agents, app.instances))
    return { reject: 'UnfulfilledConstraint' }
  if (exceeds(app.cpus, free.cpus)) return { reject: 'InsufficientCpus' }
  if (exceeds(app.mem, free.mem)) return { reject: 'InsufficientMemory' }
  if (exceeds(app.disk, free.disk)) return { reject: 'InsufficientDisk' }
  if (exceeds(app.gpus, free.gpus)) return { reject: 'InsufficientGpus' }
  const ports = choosePorts(app, agent.resources.ports, free.usedPorts)
  return ports ? { ports } : { reject: 'InsufficientPorts' }
}

/** Adding and taking shares like 0.1 many times leaves crumbs; Mesos counts in thousandths. */
function exceeds(wanted: number, free: number): boolean {
  return wanted > free + 0.0005
}
