import type { Facts } from '../facts/types.ts'
import type { Host, Vars } from '../inventory/types.ts'
import type { HostValues } from '../playbook/variables.ts'
import type { HostRecap, TaskStatus } from '../reporter/types.ts'

/** What a run knows of one host. Held by the run alone; values are replaced, never changed in place. */
export class HostState implements HostValues {
  readonly host: Host
  facts: Facts | undefined
  setFacts: Vars = {}
  registered: Vars = {}
  /** Grows with each change of the values above: contexts made before it are stale. */
  version = 0
  failed = false
  unreachable = false
  readonly #counts: Record<Exclude<TaskStatus, 'unreachable'>, number> = {
    ok: 0,
    changed: 0,
    skipped: 0,
    failed: 0,
    ignored: 0,
  }

  constructor(host: Host) {
    this.host = host
  }

  learnFacts(facts: Facts | undefined): void {
    this.facts = facts
    this.version++
  }

  register(name: string, value: unknown): void {
    this.registered = { ...this.registered, [name]: value }
    this.version++
  }

  setVariables(values: Vars): void {
    this.setFacts = { ...this.setFacts, ...values }
    this.version++
  }

  count(status: TaskStatus): void {
    if (status === 'unreachable') this.unreachable = true
    else this.#counts[status]++
  }

  recap(): HostRecap {
    return { host: this.host.name, ...this.#counts, unreachable: this.unreachable }
  }
}
