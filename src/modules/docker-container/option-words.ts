import { quoteWord } from '../../kernel/shell.ts'
import type { ParamSchema } from '../params.ts'

/** How a parameter becomes options of `docker create`: once with its value, for each item, for each pair, or alone when true. */
type Shape = 'one' | 'each' | 'pairs' | 'flag'

interface Option {
  readonly flag: string
  readonly shape: Shape
  readonly type: ParamSchema['type']
  readonly aliases?: readonly string[]
}

const one = (flag: string, type: ParamSchema['type'] = 'text'): Option => ({ flag, shape: 'one', type })
const each = (flag: string): Option => ({ flag, shape: 'each', type: 'list' })
const pairs = (flag: string): Option => ({ flag, shape: 'pairs', type: 'map' })
const flag = (name: string): Option => ({ flag: name, shape: 'flag', type: 'flag' })

/** Ansible's further parameters, each the same as an option of docker. */
export const furtherOptions: Readonly<Record<string, Option>> = {
  ...{
    blkio_weight: one('blkio-weight', 'integer'),
    cgroup_parent: one('cgroup-parent'),
    domainname: one('domainname'),
  },
  ...{ cpu_period: one('cpu-period', 'integer'), cpu_quota: one('cpu-quota', 'integer') },
  ...{
    cpu_shares: one('cpu-shares', 'integer'),
    cpuset_cpus: one('cpuset-cpus'),
    cpuset_mems: one('cpuset-mems'),
  },
  ...{
    log_driver: one('log-driver'),
    mac_address: one('mac-address'),
    platform: one('platform'),
    runtime: one('runtime'),
  },
  ...{ memory_reservation: one('memory-reservation'), memory_swap: one('memory-swap') },
  ...{
    memory_swappiness: one('memory-swappiness', 'integer'),
    oom_score_adj: one('oom-score-adj', 'integer'),
  },
  ...{
    pids_limit: one('pids-limit', 'integer'),
    shm_size: one('shm-size'),
    userns_mode: one('userns'),
    uts: one('uts'),
  },
  volume_driver: one('volume-driver'),
  ...{ cap_drop: each('cap-drop'), dns_servers: each('dns'), dns_opts: each('dns-option') },
  ...{ dns_search_domains: each('dns-search'), groups: each('group-add'), links: each('link') },
  exposed_ports: { ...each('expose'), aliases: ['exposed', 'expose'] },
  ...{ security_opts: each('security-opt'), tmpfs: each('tmpfs'), volumes_from: each('volumes-from') },
  ...{ storage_opts: pairs('storage-opt'), sysctls: pairs('sysctl') },
  ...{
    read_only: flag('read-only'),
    tty: flag('tty'),
    interactive: flag('interactive'),
    auto_remove: flag('rm'),
  },
  publish_all_ports: flag('publish-all'),
}

export const furtherParams: Readonly<Record<string, ParamSchema>> = {
  ...Object.fromEntries(
    Object.entries(furtherOptions).map(([name, { flag: option, type, aliases }]) => [
      name,
      { type, ...(aliases ? { aliases } : {}), about: `\`docker create --${option}\`` },
    ]),
  ),
  etc_hosts: { type: 'map', about: 'addresses by name' },
  oom_killer: { type: 'flag', about: 'false: `docker create --oom-kill-disable`' },
  restart_retries: { type: 'integer', about: 'with restart_policy: on-failure' },
  healthcheck: { type: 'map', about: 'test (words, or a line), interval, timeout, start_period, retries' },
  mounts: { type: 'list', about: 'maps: type, source, target, read_only, tmpfs_size …' },
  networks: {
    type: 'list',
    about: 'maps: name, ipv4_address, ipv6_address, aliases; the first by creation, others afterwards',
  },
}

/** Options in a fixed order; none for what is not told, so that a further parameter changes no container. */
export function furtherWords(params: Readonly<Record<string, unknown>>): readonly string[] {
  const simple = Object.entries(furtherOptions).flatMap(([name, option]) => wordsOf(option, params[name]))
  const hosts = mapOf(params['etc_hosts'])
  return [
    ...simple,
    ...Object.keys(hosts)
      .sort()
      .map((name) => `--add-host=${name}:${String(hosts[name])}`),
    ...(params['oom_killer'] === false ? ['--oom-kill-disable'] : []),
    ...healthWords(mapOf(params['healthcheck'])),
    ...listOf(params['mounts']).map((mount) => `--mount=${mountText(mapOf(mount))}`),
  ]
}

function wordsOf({ flag: option, shape }: Option, value: unknown): readonly string[] {
  if (value === undefined) return []
  switch (shape) {
    case 'one':
      return [`--${option}=${String(value)}`]
    case 'flag':
      return value === true ? [`--${option}`] : []
    case 'each':
      return listOf(value).map((item) => `--${option}=${String(item)}`)
    case 'pairs': {
      const map = mapOf(value)
      return Object.keys(map)
        .sort()
        .map((key) => `--${option}=${key}=${String(map[key])}`)
    }
  }
}

function healthWords(check: Readonly<Record<string, unknown>>): readonly string[] {
  const { test } = check
  if (test === undefined) return []
  const words = Array.isArray(test) ? (test as unknown[]).map(String) : ['CMD-SHELL', String(test)]
  if (words[0] === 'NONE' || words[1] === 'NONE') return ['--no-healthcheck']
  // docker's option is a line for the shell: words of CMD are quoted for it.
  const line =
    words[0] === 'CMD-SHELL'
      ? words.slice(1).join(' ')
      : words
          .slice(words[0] === 'CMD' ? 1 : 0)
          .map(quoteWord)
          .join(' ')
  const told = ['interval', 'timeout', 'start_period', 'retries'].filter((name) => check[name] !== undefined)
  return [
    `--health-cmd=${line}`,
    ...told.map((name) => `--health-${name.replace('_', '-')}=${String(check[name])}`),
  ]
}

const mountKeys: Readonly<Record<string, string>> = {
  ...{
    type: 'type',
    source: 'source',
    target: 'target',
    read_only: 'readonly',
    propagation: 'bind-propagation',
  },
  ...{
    no_copy: 'volume-nocopy',
    volume_driver: 'volume-driver',
    tmpfs_size: 'tmpfs-size',
    tmpfs_mode: 'tmpfs-mode',
  },
}

function mountText(mount: Readonly<Record<string, unknown>>): string {
  const all: Readonly<Record<string, unknown>> = { type: 'volume', ...mount }
  return Object.keys(mountKeys)
    .filter((key) => all[key] !== undefined && all[key] !== false)
    .map((key) => `${mountKeys[key]}=${String(all[key])}`)
    .join(',')
}

/** The first network of `networks`, as options of creation. */
export function firstNetworkWords(networks: unknown): readonly string[] {
  const [first] = listOf(networks).map(networkOf)
  return first === undefined ? [] : [`--network=${first.name}`, ...first.words]
}

/** Words of `docker network connect` for each further network. */
export function furtherNetworks(networks: unknown): readonly (readonly string[])[] {
  return listOf(networks)
    .slice(1)
    .map(networkOf)
    .map(({ name, words }) => [...words.map((word) => word.replace('--network-alias=', '--alias=')), name])
}

function networkOf(value: unknown): { readonly name: string; readonly words: readonly string[] } {
  if (typeof value === 'string') return { name: value, words: [] }
  const network = mapOf(value)
  return {
    name: String(network['name']),
    words: [
      ...(network['ipv4_address'] === undefined ? [] : [`--ip=${String(network['ipv4_address'])}`]),
      ...(network['ipv6_address'] === undefined ? [] : [`--ip6=${String(network['ipv6_address'])}`]),
      ...listOf(network['aliases']).map((alias) => `--network-alias=${String(alias)}`),
    ],
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {}
}
