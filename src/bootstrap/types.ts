import type { Facts } from '../facts/types.ts'
import type { Problem } from '../kernel/problems.ts'

/** What one host said of itself before anything is changed on it. */
export interface HostReport {
  readonly host: string
  /** At which its services are to be reached. */
  readonly address: string
  readonly facts: Facts
  /** TCP ports that somebody listens on. */
  readonly listening: readonly number[]
  /** Who listens, by port, where the host lets us see it: `nc (pid 812)`. */
  readonly holders: ReadonlyMap<number, string>
  /** Images that its Docker has, `name:tag` and `name@digest`; undefined where Docker is there and does not answer. */
  readonly images?: ReadonlySet<string>
  /** Names of the containers that run. */
  readonly containers: readonly string[]
  /** Why root's rights were refused, with the way out; undefined: they were given. */
  readonly rightsRefused?: string
  /** Clock of the host minus ours, in seconds. */
  readonly clockAheadSeconds: number
  /** Bytes of the largest packet, by interface. */
  readonly mtus: ReadonlyMap<string, number>
  /** What names stand for there; no addresses where a name is unknown. */
  readonly names: ReadonlyMap<string, readonly string[]>
  /** Addresses that it was asked for and has no route to. */
  readonly unroutable: readonly string[]
}

/** What a host is asked besides its facts. */
export interface HostQuestions {
  /** Names that it must be able to resolve. */
  readonly names: readonly string[]
  /** Addresses that it must have a route to. */
  readonly addresses: readonly string[]
}

/** A port that a component will listen on; free, or held by the component's own container. */
export interface WantedPort {
  readonly host: string
  readonly port: number
  readonly container: string
}

/** An image that a component's tasks want on a host. */
export interface WantedImage {
  readonly host: string
  readonly image: string
  /** `local`: it must be there already. */
  readonly source: 'pull' | 'load' | 'local'
}

/** What one host must be like for the components that its groups give it. */
export interface HostNeed {
  /** For the components themselves; services come on top. */
  readonly memoryMb: number
  /** Newest major version of Docker that the chosen Mesos can work with; undefined: any. */
  readonly newestDocker?: number
  /** The chosen Mesos can use nothing but cgroups v1. */
  readonly cgroupV1: boolean
}

/** What the hosts must be like. */
export interface HostNeeds {
  readonly ports: readonly WantedPort[]
  /** As `uname -m` says it; kmesos-start's runtime is the operator machine's own. */
  readonly architecture: string
  /** By host. */
  readonly hosts: ReadonlyMap<string, HostNeed>
  readonly images: readonly WantedImage[]
  readonly questions: HostQuestions
}

/** One thing that would make the bootstrap fail half-way, or the cluster suffer later. */
export interface HostCheck {
  /** The word for --skip-checks. */
  readonly name: string
  /** For the list of `kmesos check --list`. */
  readonly about: string
  /** Of all hosts that answered; each problem tells the way out. */
  readonly problems: (reports: readonly HostReport[], needs: HostNeeds) => readonly Problem[]
}
