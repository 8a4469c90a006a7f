import type { DockerParameter } from '../marathon/types.ts'
import type { CreateBody, HostConfig } from './create-body.ts'

type Apply = (body: CreateBody, value: string) => void
type ListMember =
  | 'CapAdd'
  | 'CapDrop'
  | 'SecurityOpt'
  | 'GroupAdd'
  | 'ExtraHosts'
  | 'Dns'
  | 'DnsSearch'
  | 'DnsOptions'
  | 'Links'
  | 'VolumesFrom'
  | 'Binds'
type TextMember =
  | 'PidMode'
  | 'IpcMode'
  | 'UTSMode'
  | 'UsernsMode'
  | 'CgroupnsMode'
  | 'CgroupParent'
  | 'Runtime'
  | 'CpusetCpus'
type NumberMember = 'CpuQuota' | 'CpuPeriod' | 'PidsLimit' | 'OomScoreAdj' | 'MemorySwappiness' | 'CpuShares'
type SizeMember = 'ShmSize' | 'MemorySwap' | 'MemoryReservation' | 'Memory'
type SwitchMember = 'Privileged' | 'ReadonlyRootfs' | 'Init' | 'OomKillDisable'

/** Writes `--key=value` of `docker run` into the create body. Throws an Error with docker's own words for a bad flag. */
export function applyParameter(body: CreateBody, { key, value }: DockerParameter): void {
  const apply = Object.hasOwn(flags, key) ? flags[key] : undefined
  if (!apply) throw new Error(`unknown flag: --${key}. See 'docker run --help'.`)
  try {
    apply(body, value)
  } catch (error) {
    throw new Error(`invalid argument "${value}" for "--${key}" flag: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

const flags: Readonly<Record<string, Apply>> = {
  'add-host': list('ExtraHosts'),
  'cap-add': list('CapAdd'),
  'cap-drop': list('CapDrop'),
  'cgroup-parent': text('CgroupParent'),
  cgroupns: text('CgroupnsMode'),
  'cpu-period': numeric('CpuPeriod'),
  'cpu-quota': numeric('CpuQuota'),
  'cpu-shares': numeric('CpuShares'),
  cpus: (body, value) => (body.HostConfig.NanoCpus = Math.round(parseNumber(value) * 1e9)),
  'cpuset-cpus': text('CpusetCpus'),
  device: (body, value) => (body.HostConfig.Devices ??= []).push(parseDevice(value)),
  dns: list('Dns'),
  'dns-option': list('DnsOptions'),
  'dns-search': list('DnsSearch'),
  domainname: (body, value) => (body.Domainname = value),
  entrypoint: (body, value) => (body.Entrypoint = [value]),
  env: (body, value) => body.Env.push(value),
  expose: (body, value) => ((body.ExposedPorts ??= {})[value.includes('/') ? value : `${value}/tcp`] = {}),
  'group-add': list('GroupAdd'),
  hostname: (body, value) => (body.Hostname = value),
  init: onOff('Init'),
  interactive: (body, value) => (body.OpenStdin = parseBoolean(value)),
  ipc: text('IpcMode'),
  label: (body, value) => ([body.Labels[nameOf(value)]] = [restOf(value)]),
  link: list('Links'),
  'log-driver': (body, value) => (logConfig(body).Type = value),
  'log-opt': (body, value) => ([logConfig(body).Config[nameOf(value)]] = [restOf(value)]),
  'mac-address': (body, value) => (body.MacAddress = value),
  memory: size('Memory'),
  'memory-reservation': size('MemoryReservation'),
  'memory-swap': size('MemorySwap'),
  'memory-swappiness': numeric('MemorySwappiness'),
  net: (body, value) => (body.HostConfig.NetworkMode = value),
  network: (body, value) => (body.HostConfig.NetworkMode = value),
  'oom-kill-disable': onOff('OomKillDisable'),
  'oom-score-adj': numeric('OomScoreAdj'),
  pid: text('PidMode'),
  'pids-limit': numeric('PidsLimit'),
  privileged: onOff('Privileged'),
  publish: (body, value) => addPublished(body, value),
  'read-only': onOff('ReadonlyRootfs'),
  runtime: text('Runtime'),
  'security-opt': list('SecurityOpt'),
  'shm-size': size('ShmSize'),
  'stop-signal': (body, value) => (body.StopSignal = value),
  sysctl: (body, value) => ((body.HostConfig.Sysctls ??= {})[nameOf(value)] = restOf(value)),
  tmpfs: (body, value) => addTmpfs(body.HostConfig, value),
  tty: (body, value) => (body.Tty = parseBoolean(value)),
  ulimit: (body, value) => (body.HostConfig.Ulimits ??= []).push(parseUlimit(value)),
  user: (body, value) => (body.User = value),
  userns: text('UsernsMode'),
  uts: text('UTSMode'),
  volume: list('Binds'),
  'volumes-from': list('VolumesFrom'),
  workdir: (body, value) => (body.WorkingDir = value),
}

function list(member: ListMember): Apply {
  return (body, value) => (body.HostConfig[member] ??= []).push(value)
}

function text(member: TextMember): Apply {
  return (body, value) => (body.HostConfig[member] = value)
}

function numeric(member: NumberMember): Apply {
  return (body, value) => (body.HostConfig[member] = parseNumber(value))
}

function size(member: SizeMember): Apply {
  return (body, value) => (body.HostConfig[member] = parseSize(value))
}

function onOff(member: SwitchMember): Apply {
  return (body, value) => (body.HostConfig[member] = parseBoolean(value))
}

function logConfig(body: CreateBody): NonNullable<HostConfig['LogConfig']> {
  return (body.HostConfig.LogConfig ??= { Type: 'json-file', Config: {} })
}

function addTmpfs(host: HostConfig, value: string): void {
  const [path = '', ...options] = value.split(':')
  ;(host.Tmpfs ??= {})[path] = options.join(':')
}

/** `[ip:][host:]container[/protocol]` */
function addPublished(body: CreateBody, value: string): void {
  const [ports = '', protocol = 'tcp'] = value.split('/')
  const parts = ports.split(':')
  const container = parts.pop() ?? ''
  const host = parts.pop() ?? ''
  const port = `${parseNumber(container)}/${protocol}`
  ;(body.ExposedPorts ??= {})[port] = {}
  const binding = { ...(parts.length > 0 ? { HostIp: parts.join(':') } : {}), HostPort: host }
  body.HostConfig.PortBindings[port] = [...(body.HostConfig.PortBindings[port] ?? []), binding]
}

function parseDevice(value: string): NonNullable<HostConfig['Devices']>[number] {
  const [host = '', container, permissions = 'rwm'] = value.split(':')
  if (!host.startsWith('/')) throw new Error(`invalid device "${value}"`)
  return { PathOnHost: host, PathInContainer: container ?? host, CgroupPermissions: permissions }
}

/** `nofile=1024:2048` or `nofile=1024`; -1 = no limit. */
function parseUlimit(value: string): NonNullable<HostConfig['Ulimits']>[number] {
  const [soft = '', hard = soft] = restOf(value).split(':')
  return { Name: nameOf(value), Soft: parseNumber(soft), Hard: parseNumber(hard) }
}

function nameOf(value: string): string {
  return value.split('=', 1)[0] ?? ''
}

function restOf(value: string): string {
  return value.includes('=') ? value.slice(value.indexOf('=') + 1) : ''
}

function parseNumber(value: string): number {
  if (value.trim() === '' || Number.isNaN(Number(value)))
    throw new Error(`parsing "${value}": invalid syntax`)
  return Number(value)
}

const units: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** Bytes of `64m`, `1g`, `512kb`; -1 stays -1. */
function parseSize(value: string): number {
  const found = /^(-?[\d.]+)\s*([bkmgt])?i?b?$/i.exec(value)
  if (!found) throw new Error(`invalid size: '${value}'`)
  return parseNumber(found[1] ?? '') * (units[(found[2] ?? 'b').toLowerCase()] ?? 1)
}

function parseBoolean(value: string): boolean {
  const known: Readonly<Record<string, boolean>> = {
    true: true,
    '1': true,
    t: true,
    '': true,
    false: false,
    '0': false,
    f: false,
  }
  const parsed = known[value.toLowerCase()]
  if (parsed === undefined) throw new Error(`strconv.ParseBool: parsing "${value}": invalid syntax`)
  return parsed
}
