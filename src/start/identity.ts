import type { VariablesNode } from '../start-spec/types.ts'

/** Who this container is. */
export interface Identity {
  readonly deployment: string
  readonly service: string
  /** Marathon's task id: unique per start of a container. */
  readonly instance: string
  /** Name in the inventory. */
  readonly host: string
  readonly address: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Name for this start of the container: the Mesos task id, else host name and process (a container by hand). */
export function instanceOf(environment: Environment, fallback: string): string {
  return (environment['MESOS_TASK_ID'] ?? fallback).replaceAll('/', '_')
}

/**
 * The host that we run on. Marathon sets HOST to the agent's hostname or address; it is matched against the inventory's
 * names, addresses, and names without their domain. An unknown one stands for itself.
 */
export function hostOf(
  environment: Environment,
  hosts: VariablesNode['hosts'],
): { readonly host: string; readonly address: string } {
  const told = environment['HOST'] ?? environment['HOSTNAME'] ?? 'localhost'
  const short = (name: string): string => (/^[\d.:]+$/.test(name) ? name : (name.split('.')[0] ?? name))
  const entries = Object.entries(hosts)
  const found =
    entries.find(([name]) => name === told) ??
    entries.find(([, host]) => host.address === told) ??
    entries.find(([name]) => short(name) === short(told))
  return found ? { host: found[0], address: found[1].address } : { host: told, address: told }
}
