import type { Clock } from '../kernel/clock.ts'
import type { EventBus } from './event-bus.ts'
import type { Prober } from './probe.ts'
import type { ContainerRuntime } from './runtime.ts'
import type { Sandboxes } from './sandbox.ts'
import type { Agent, Instance, PortRange } from './types.ts'
import type { World } from './world.ts'

/** What every part of the engine works with. */
export interface EngineContext {
  readonly world: World
  readonly bus: EventBus
  readonly clock: Clock
  readonly agent: Agent
  /** All that may take tasks now; `agent` alone on one machine. */
  readonly agents: () => readonly Agent[]
  readonly runtime: ContainerRuntime
  readonly prober: Prober
  readonly sandboxes: Sandboxes
  readonly servicePorts: PortRange
  /** Aborts when the engine stops; tasks go on. */
  readonly signal: AbortSignal
  /** Something changed: deployments and the launch queue look again soon. */
  readonly poke: () => void
  /** One line for the engine's own log. */
  readonly log: (line: string) => void
}

/** The agent that an instance was given to: also one that is not there now, with what is known of it. */
export function agentOf(
  { agent, agents }: Pick<EngineContext, 'agent' | 'agents'>,
  instance: Instance,
): Agent {
  return agents().find(({ id }) => id === instance.agentId) ?? agent
}
