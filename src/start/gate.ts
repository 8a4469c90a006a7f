import { digestOf } from '../kernel/digest.ts'
import { satisfied, type RequirementState } from '../start-spec/satisfied.ts'
import type { Requirement, WaitingNode } from '../start-spec/types.ts'
import { until, type Changes } from './changes.ts'
import { SpecChanged, type Container } from './container.ts'
import type { Config } from './config-source.ts'

export interface Gate {
  /** The command's name, or `daemon`. */
  readonly step: string
  readonly requires: readonly Requirement[]
  /** The configuration that the step belongs to; SpecChanged is thrown when a newer one comes during the wait. */
  readonly config: Config
  /** Another reason to go on, looked at after each change. */
  readonly orElse?: () => boolean
  readonly also?: readonly Changes[]
  /** Called once when it really has to wait. */
  readonly onWait?: () => void
}

/**
 * Waits by watches until all requirements hold. While it waits, waiting/<service>/<instance> tells what is missing and
 * why; a gate that is open from the start writes nothing.
 */
export async function awaitRequirements(container: Container, gate: Gate): Promise<void> {
  const { view, source, clock } = container
  const since = new Date(clock.now()).toISOString()
  const teller = new WaitTeller(container, gate, since)
  const hosts = Object.keys(gate.config.variables.hosts)
  const look = (): true | undefined => {
    if (source.current !== gate.config && specChanged(gate.config, source.current)) {
      throw new SpecChanged(`the spec changed while ${gate.step} was waiting`)
    }
    for (const requirement of gate.requires) view.require(requirement, container.identity.host, hosts)
    if (!view.complete) return undefined
    const states = gate.requires.map((requirement) => satisfied(requirement, view, container.identity.host))
    if (gate.orElse?.() === true || states.every((state) => state.met)) return true
    teller.tell(states)
    return undefined
  }
  try {
    await until([view.changes, source.changes, ...(gate.also ?? [])], look, container.signal)
  } finally {
    teller.end()
  }
}

/** True when commands or daemon are other ones than before: files alone do not count. */
export function specChanged(before: Config, now: Config | undefined): boolean {
  if (!now) return false
  const essence = ({ spec }: Config): string =>
    digestOf([spec.commands, spec.daemon, spec.strategy, spec.user])
  return essence(before) !== essence(now)
}

class WaitTeller {
  readonly #container: Container
  readonly #gate: Gate
  readonly #since: string
  readonly #path: string
  #told = ''

  constructor(container: Container, gate: Gate, since: string) {
    this.#container = container
    this.#gate = gate
    this.#since = since
    this.#path = container.layout.waitingOf(container.identity.service, container.identity.instance)
  }

  tell(states: readonly RequirementState[]): void {
    const { identity, log, publisher, redact } = this.#container
    const { host } = identity
    const node: WaitingNode = { host, step: this.#gate.step, requires: states, since: this.#since }
    const text = redact(JSON.stringify(node))
    if (text === this.#told) return
    if (this.#told === '') this.#gate.onWait?.()
    this.#told = text
    const unmet = states.filter((state) => !state.met).map((state) => `${state.requirement} (${state.why})`)
    log(this.#gate.step, `waits for ${unmet.join(', ')}`)
    void publisher.put(this.#path, text, true)
  }

  end(): void {
    if (this.#told === '') return
    const waitedMs = this.#container.clock.now() - Date.parse(this.#since)
    this.#container.log(this.#gate.step, `goes on after ${(waitedMs / 1000).toFixed(1)} s`)
    void this.#container.publisher.remove(this.#path)
  }
}
