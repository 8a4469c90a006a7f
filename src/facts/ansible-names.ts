import type { Facts } from './types.ts'

/** Ansible's names for families, distributions and architectures, where they differ from what a host says. */
const families: Readonly<Record<string, string>> = {
  debian: 'Debian',
  redhat: 'RedHat',
  suse: 'Suse',
  alpine: 'Alpine',
  arch: 'Archlinux',
}
const distributions: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  rhel: 'RedHat',
  centos: 'CentOS',
  fedora: 'Fedora',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  ol: 'OracleLinux',
  sles: 'SLES',
  'opensuse-leap': 'openSUSE Leap',
  alpine: 'Alpine',
  arch: 'Archlinux',
}
const packageManagers: Readonly<Record<string, string>> = {
  debian: 'apt',
  redhat: 'dnf',
  suse: 'zypper',
  alpine: 'apk',
  arch: 'pacman',
}

/**
 * The facts under the names that Ansible's setup gives them, without `ansible_`: the commonly used ones, made of what our
 * own facts hold. A name that is not here is undefined, which is an error that names it.
 */
function ansibleNames(facts: Facts): Readonly<Record<string, unknown>> {
  return { ...system(facts), ...distribution(facts), ...hardware(facts), ...network(facts), ...clock(facts) }
}

function system({ kernel, architecture, hostname, fqdn, machine_id, init, init_name, user }: Facts): object {
  return {
    ...{ system: 'Linux', kernel, architecture, machine: architecture, machine_id, fqdn },
    hostname: hostname.split('.')[0],
    nodename: hostname,
    domain: fqdn.split('.').slice(1).join('.'),
    service_mgr: init === 'systemd' ? 'systemd' : init_name,
    ...{ user_id: user.name, user_uid: user.uid, user_dir: user.home },
  }
}

function distribution({ os }: Facts): object {
  return {
    os_family: families[os.family] ?? distributions[os.id] ?? os.id,
    distribution: distributions[os.id] ?? os.id,
    distribution_version: os.version,
    distribution_major_version: os.version.split('.')[0],
    distribution_release: /\(([^)]*)\)/.exec(os.name)?.[1]?.toLowerCase() ?? '',
    pkg_mgr: packageManagers[os.family] ?? 'unknown',
  }
}

function hardware({ cpus, memory_mb, memory_available_mb }: Facts): object {
  return {
    ...{ processor_vcpus: cpus, processor_nproc: cpus, processor_count: cpus },
    memtotal_mb: memory_mb,
    memfree_mb: memory_available_mb,
  }
}

function network({ addresses, default_ipv4 }: Facts): object {
  const of = (family: 4 | 6): readonly string[] =>
    addresses
      .filter((each) => each.family === family && !isLoopback(each.address))
      .map(({ address }) => address)
  return {
    default_ipv4: { ...default_ipv4, alias: default_ipv4.interface, type: 'ether' },
    all_ipv4_addresses: of(4),
    all_ipv6_addresses: of(6),
    interfaces: [...new Set(addresses.map((each) => each.interface).filter((name) => name !== ''))],
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

function clock({ time }: Facts): object {
  const iso8601 = `${new Date(time * 1000).toISOString().slice(0, 19)}Z`
  return {
    date_time: {
      epoch: String(time),
      iso8601,
      date: iso8601.slice(0, 10),
      time: iso8601.slice(11, 19),
      tz: 'UTC',
    },
  }
}

const known = new WeakMap<Facts, Readonly<Record<string, unknown>>>()

/** Our own facts, and Ansible's names for them: what `facts` and `ansible_facts` are. */
export function withAnsibleNames(facts: Facts): Readonly<Record<string, unknown>> {
  const made = known.get(facts) ?? { ...facts, ...ansibleNames(facts) }
  known.set(facts, made)
  return made
}

/** Names that are also variables of their own, with `ansible_` before them (Ansible's injected facts). */
export const injectedFacts: readonly string[] = [
  ...['system', 'kernel', 'architecture', 'machine', 'machine_id', 'fqdn', 'hostname', 'nodename', 'domain'],
  ...['service_mgr', 'user_id', 'user_uid', 'user_dir', 'os_family', 'distribution', 'distribution_version'],
  ...['distribution_major_version', 'distribution_release', 'pkg_mgr', 'processor_vcpus', 'processor_nproc'],
  ...['processor_count', 'memtotal_mb', 'memfree_mb', 'default_ipv4', 'all_ipv4_addresses'],
  ...['all_ipv6_addresses', 'interfaces', 'date_time'],
]
