import type { Facts } from '../facts/types.ts'

/** What one host said of itself before anything is changed on it. */
export interface HostReport {
  readonly host: string
  /** At which its services are to be reached. */
  readonly address: string
  readonly facts: Facts
  /** TCP ports that somebody listens on. */
  readonly listening: readonly number[]
  /** Names of the containers that run. */
  readonly containers: readonly string[]
  /** Whether a password for sudo is known. */
  readonly becomePassword: boolean
  /** Clock of the host minus ours, in seconds. */
  readonly clockAheadSeconds: number
}

/** A port that a component will listen on; free, or held by the component's own container. */
export interface WantedPort {
  readonly host: string
  readonly port: number
  readonly container: string
}

/** What the hosts must be like. */
export interface HostNeeds {
  readonly ports: readonly WantedPort[]
  /** As `uname -m` says it; kmesos-start's runtime is the operator machine's own. */
  readonly architecture: string
}
