/** The body of Docker's POST /containers/create, as far as the engine uses it. Mutable while it is put together. */
export interface CreateBody {
  Image: string
  Cmd?: string[]
  Entrypoint?: string[]
  Env: string[]
  Labels: Record<string, string>
  User?: string
  Hostname?: string
  Domainname?: string
  WorkingDir?: string
  MacAddress?: string
  StopSignal?: string
  Tty?: boolean
  OpenStdin?: boolean
  ExposedPorts?: Record<string, object>
  HostConfig: HostConfig
}

export interface HostConfig {
  Binds: string[]
  NetworkMode: string
  PortBindings: Record<string, { HostIp?: string; HostPort: string }[]>
  CpuShares: number
  CpuQuota?: number
  CpuPeriod?: number
  CpusetCpus?: string
  NanoCpus?: number
  Memory?: number
  MemoryReservation?: number
  MemorySwap?: number
  MemorySwappiness?: number
  Privileged?: boolean
  ReadonlyRootfs?: boolean
  Init?: boolean
  ShmSize?: number
  PidsLimit?: number
  OomScoreAdj?: number
  OomKillDisable?: boolean
  PidMode?: string
  IpcMode?: string
  UTSMode?: string
  UsernsMode?: string
  CgroupnsMode?: string
  CgroupParent?: string
  Runtime?: string
  CapAdd?: string[]
  CapDrop?: string[]
  SecurityOpt?: string[]
  GroupAdd?: string[]
  ExtraHosts?: string[]
  Dns?: string[]
  DnsSearch?: string[]
  DnsOptions?: string[]
  Links?: string[]
  VolumesFrom?: string[]
  Sysctls?: Record<string, string>
  Tmpfs?: Record<string, string>
  Ulimits?: { Name: string; Soft: number; Hard: number }[]
  Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[]
  LogConfig?: { Type: string; Config: Record<string, string> }
}
