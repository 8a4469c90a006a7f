import type { Vars } from '../inventory/types.ts'
import type { MarathonApp } from '../marathon/types.ts'
import type { Role, ServiceDefinition } from '../roles/types.ts'
import type { StartSpec, VariablesNode } from '../start-spec/types.ts'

/** One deployment's hosts and variables, resolved; no secrets. */
export interface Site {
  readonly deployment: string
  readonly variables: Vars
  readonly hosts: VariablesNode['hosts']
  /** Group -> names of its hosts. */
  readonly groups: Readonly<Record<string, readonly string[]>>
  /** `host:2181,host:2181`, as the containers reach it. */
  readonly zookeeper: string
}

/** A service as it is to be: what kmesos-start reads, and what Marathon runs. */
export interface BuiltService {
  readonly definition: ServiceDefinition
  /** Hosts that may run it. */
  readonly hosts: readonly string[]
  readonly instances: number
  readonly spec: StartSpec
  /** Template texts by the name of their node. */
  readonly files: Readonly<Record<string, string>>
  readonly app: MarathonApp
}

/** Everything that a deployment is made of, validated as a whole. */
export interface Composition {
  readonly site: Site
  readonly roles: readonly Role[]
  readonly services: ReadonlyMap<string, BuiltService>
}
