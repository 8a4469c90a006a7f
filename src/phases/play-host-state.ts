import type { Facts } from '../facts/types.ts'
import type { Host, Vars } from '../inventory/types.ts'
import type { VarsLayer } from '../playbook/types.ts'
import type { HostValues } from '../playbook/variables.ts'
import type { HostRecap, TaskStatus } from '../reporter/types.ts'

/** What a run knows of one host. Held by the run alone; values are replaced, never changed in place. */
export class HostState implements HostValues {
  host: Host
  facts: Facts | undefined
  setFacts: Vars = {}
  registered: Vars = {}
  included: readonly VarsLayer[] = []
  /** Grows with each change of the values above: contexts made before it are stale. */
  version = 0
  failed = false
  unreachable = false
  /** Before `meta: clear_host_errors`. */
  wasFailed = false
  wasUnreachable = false
  readonly #counts: Record<Exclude<TaskStatus, 'unreachable'>, number> = {
    ok: 0,
    changed: 0,
    skipped: 0,
    failed: 0,
    rescued: 0,
    ignored: 0,
  }

  constructor(host: Host) {
    this.host = host
  }

  learnFacts(facts: Facts | undefined): void {
    this.facts = facts
    this.version++
  }

  forgetFacts(): void {
    this.learnFacts(undefined)
    this.setFacts = {}
  }

  replaceHost(host: Host): void {
    this.host = host
    this.version++
  }

  /** It takes part again; the recap still tells what happened. */
  clearErrors(): void {
    this.wasFailed ||= this.failed
    this.wasUnreachable ||= this.unreachable
    this.failed = false
    this.unreachable = false
  }

  register(name: string, value: unknown): void {
    this.registered = { ...this.registered, [name]: value }
    this.version++
  }

  include(layers: readonly VarsLayer[]): void {
    this.included = [...this.included, ...layers]
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

  /** It took part in a play. */
  get wasTouched(): boolean {
    return this.failed || this.unreachable || Object.values(this.#counts).some((count) => count > 0)
  }

  recap(): HostRecap {
    return { host: this.host.name, ...this.#counts, unreachable: this.unreachable || this.wasUnreachable }
  }
}
