/** What a host told about itself in one answer. Readonly, per host; never changed, only asked again. */
export interface Facts {
  readonly os: {
    readonly id: string
    readonly version: string
    readonly family: string
    readonly name: string
  }
  readonly kernel: string
  readonly architecture: string
  readonly hostname: string
  readonly fqdn: string
  readonly machine_id: string
  readonly boot_id: string
  readonly cpus: number
  readonly memory_mb: number
  readonly memory_available_mb: number
  /** Of the file system that holds /var/lib. */
  readonly disk: { readonly total_mb: number; readonly free_mb: number }
  /** Of the interface with the default route, else the first that is not loopback. */
  readonly default_ipv4: { readonly address: string; readonly interface: string }
  readonly addresses: readonly {
    readonly interface: string
    readonly address: string
    readonly family: 4 | 6
  }[]
  readonly init: 'systemd' | 'other'
  /** Name of process 1. */
  readonly init_name: string
  readonly cgroup: 'v1' | 'v2'
  readonly docker: DockerFacts
  readonly user: { readonly name: string; readonly uid: number; readonly home: string }
  readonly sudo: 'root' | 'yes' | 'password' | 'none'
  /** Seconds since 1970 by the host's clock. */
  readonly time: number
}

export interface DockerFacts {
  readonly installed: boolean
  readonly running: boolean
  readonly version: string
  readonly api_version: string
  readonly cgroup_version: string
  readonly cgroup_driver: string
  /** Why the daemon did not answer. */
  readonly error: string
}
