interface Inspected {
  readonly Config: Readonly<Record<string, unknown>>
  readonly HostConfig: Readonly<Record<string, unknown>>
  readonly State: { readonly Status: string }
  readonly Path: string
  readonly Args: readonly string[]
  readonly Mounts: readonly Readonly<Record<string, unknown>>[]
}

/** What a user of a container would notice; names that are left out are ids, moments and what the engine makes up. */
const config = [
  ...[
    'Image',
    'Env',
    'Cmd',
    'Entrypoint',
    'User',
    'WorkingDir',
    'Tty',
    'OpenStdin',
    'StopSignal',
    'StopTimeout',
  ],
  ...['ExposedPorts', 'Volumes', 'Healthcheck', 'Domainname'],
]
const hostConfig = [
  ...[
    'Binds',
    'NetworkMode',
    'PortBindings',
    'RestartPolicy',
    'AutoRemove',
    'VolumesFrom',
    'CapAdd',
    'CapDrop',
  ],
  ...[
    'Dns',
    'DnsOptions',
    'DnsSearch',
    'ExtraHosts',
    'GroupAdd',
    'IpcMode',
    'PidMode',
    'Privileged',
    'PublishAllPorts',
  ],
  ...[
    'ReadonlyRootfs',
    'SecurityOpt',
    'Tmpfs',
    'UTSMode',
    'UsernsMode',
    'ShmSize',
    'Runtime',
    'Memory',
    'NanoCpus',
  ],
  ...[
    'CpuShares',
    'CpuPeriod',
    'CpuQuota',
    'CpusetCpus',
    'Devices',
    'MemoryReservation',
    'MemorySwap',
    'PidsLimit',
  ],
  ...[
    'Ulimits',
    'Sysctls',
    'Init',
    'LogConfig',
    'OomScoreAdj',
    'OomKillDisable',
    'CgroupnsMode',
    'CgroupParent',
  ],
]
/** Lists whose order means nothing. */
const sets = [
  'Env',
  'Binds',
  'CapAdd',
  'CapDrop',
  'ExtraHosts',
  'GroupAdd',
  'SecurityOpt',
  'Ulimits',
  'Devices',
]

/** The settings and state of a container as one line of JSON, from `docker inspect`. */
export function containerState(json: string): string {
  const container = JSON.parse(json) as Inspected
  const picked = {
    state: container.State.Status,
    command: [container.Path, ...container.Args],
    ...pick(container.Config, config),
    labels: ownLabels(container.Config['Labels']),
    ...pick(container.HostConfig, hostConfig),
    mounts: container.Mounts.map(({ Type, Name, Source, Destination, RW }) => [
      Type,
      Name ?? Source,
      Destination,
      RW,
    ])
      .map((mount) => JSON.stringify(mount))
      .sort(),
  }
  return JSON.stringify(picked)
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const members = names.map((name) => [name, canonical(name, from[name])] as const)
  return Object.fromEntries(members.filter(([, value]) => value !== undefined))
}

/** Not given, null and empty are one; a bind that may be written is `a:b` and `a:b:rw`. */
function canonical(name: string, value: unknown): unknown {
  if (value === null || value === '' || value === 0 || value === false) return undefined
  if (Array.isArray(value)) {
    if (value.length === 0) return undefined
    return sets.includes(name)
      ? value.map((item) => JSON.stringify(item).replace(/:rw"$/, '"')).sort()
      : value
  }
  if (typeof value !== 'object') return value
  // No name of a policy means "no".
  const named =
    name === 'RestartPolicy' && 'Name' in value && value.Name === '' ? { ...value, Name: 'no' } : value
  const members = Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1))
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

/** kmesos remembers on a container what it was made of. */
function ownLabels(labels: unknown): unknown {
  const members = Object.entries((labels ?? {}) as Readonly<Record<string, unknown>>)
  return canonical('Labels', Object.fromEntries(members.filter(([name]) => !name.startsWith('kmesos.'))))
}
