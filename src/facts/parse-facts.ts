import { isIpAddress } from '../kernel/ip-address.ts'
import type { DockerFacts, Facts } from './types.ts'

type Sections = ReadonlyMap<string, readonly string[]>

/** Reads the answer of facts-script.ts. What a host does not tell is an empty text or 0: facts never fail. */
export function parseFacts(text: string): Facts {
  const sections = sectionsOf(text)
  const [system = {}, uname] = [
    keyValues(lines(sections, 'os'), '='),
    (line(sections, 'uname') ?? '').split(' '),
  ]
  const hostname = line(sections, 'hostname') ?? uname[1] ?? ''
  const memory = keyValues(lines(sections, 'memory'), ':')
  const init = lines(sections, 'init')
  const user = lines(sections, 'user')
  return {
    os: osOf(system),
    kernel: uname[2] ?? '',
    architecture: uname[3] ?? '',
    hostname,
    fqdn: fqdnOf(hostname, lines(sections, 'hosts')),
    machine_id: line(sections, 'machine') ?? '',
    boot_id: lines(sections, 'time')[1] ?? '',
    cpus: numberOf(line(sections, 'cpus')),
    memory_mb: Math.floor(numberOf(memory['MemTotal']) / 1024),
    memory_available_mb: Math.floor(numberOf(memory['MemAvailable']) / 1024),
    disk: diskOf(lines(sections, 'disk')),
    ...networkOf(sections),
    init: init.includes('systemd-booted') ? 'systemd' : 'other',
    init_name: init[0] ?? '',
    cgroup: line(sections, 'cgroup') === 'cgroup2fs' ? 'v2' : 'v1',
    docker: dockerOf(lines(sections, 'docker')),
    user: { name: user[0] ?? '', uid: numberOf(user[1]), home: user[2] ?? '' },
    sudo: (line(sections, 'sudo') as Facts['sudo'] | undefined) ?? 'none',
    time: numberOf(lines(sections, 'time')[0]),
  }
}

function sectionsOf(text: string): Sections {
  const sections = new Map<string, string[]>()
  let current: string[] = []
  for (const row of text.split('\n')) {
    const name = /^## (\w+)$/.exec(row)?.[1]
    if (name !== undefined) sections.set(name, (current = []))
    else if (row !== '') current.push(row)
  }
  return sections
}

function lines(sections: Sections, name: string): readonly string[] {
  return sections.get(name) ?? []
}

function line(sections: Sections, name: string): string | undefined {
  return sections.get(name)?.[0]
}

function keyValues(rows: readonly string[], separator: string): Record<string, string> {
  return Object.fromEntries(
    rows
      .filter((row) => row.includes(separator))
      .map((row) => {
        const at = row.indexOf(separator)
        return [
          row.slice(0, at),
          row
            .slice(at + 1)
            .trim()
            .replace(/^(["'])(.*)\1$/, '$2'),
        ]
      }),
  )
}

function numberOf(text: string | undefined): number {
  return Number.parseInt(text ?? '', 10) || 0
}

/** Families by ID and ID_LIKE of os-release. */
const families: readonly (readonly [RegExp, string])[] = [
  [/\b(debian|ubuntu)\b/, 'debian'],
  [/\b(rhel|fedora|centos|rocky|almalinux|ol)\b/, 'redhat'],
  [/\b(suse|opensuse|sles)\b/, 'suse'],
  [/\balpine\b/, 'alpine'],
  [/\barch\b/, 'arch'],
]

function osOf(system: Readonly<Record<string, string>>): Facts['os'] {
  const likeness = `${system['ID'] ?? ''} ${system['ID_LIKE'] ?? ''}`
  return {
    id: system['ID'] ?? '',
    version: system['VERSION_ID'] ?? '',
    family: families.find(([pattern]) => pattern.test(likeness))?.[1] ?? 'unknown',
    name: system['PRETTY_NAME'] ?? '',
  }
}

function fqdnOf(hostname: string, hosts: readonly string[]): string {
  if (hostname.includes('.')) return hostname
  const names = hosts.flatMap((row) => row.replace(/#.*/, '').trim().split(/\s+/).slice(1))
  return names.find((name) => name.startsWith(`${hostname}.`)) ?? hostname
}

function diskOf(rows: readonly string[]): Facts['disk'] {
  const columns = rows.at(-1)?.split(/\s+/) ?? []
  return {
    total_mb: Math.floor(numberOf(columns[1]) / 1024),
    free_mb: Math.floor(numberOf(columns[3]) / 1024),
  }
}

function networkOf(sections: Sections): Pick<Facts, 'addresses' | 'default_ipv4'> {
  const addresses = lines(sections, 'address').flatMap((row): Facts['addresses'] => {
    const found = /^\d+:\s+(\S+)\s+(inet6?)\s+([^/\s]+)/.exec(row)
    if (found) {
      const [name, family, address] = found.slice(1) as [string, string, string]
      return [{ interface: name.replace(/@.*/, ''), address, family: family === 'inet' ? 4 : 6 }]
    }
    // `hostname -I`: addresses alone.
    return row
      .split(/\s+/)
      .filter(isIpAddress)
      .map((address) => ({
        interface: '',
        address,
        family: address.includes(':') ? 6 : 4,
      }))
  })
  const gateway = lines(sections, 'route')
    .map((row) => row.split(/\s+/))
    .find((row) => row[1] === '00000000')?.[0]
  const ipv4 = addresses.filter((each) => each.family === 4 && !each.address.startsWith('127.'))
  const chosen = ipv4.find((each) => each.interface === gateway) ?? ipv4[0]
  return {
    addresses,
    default_ipv4: { address: chosen?.address ?? '', interface: chosen?.interface ?? '' },
  }
}

function dockerOf(rows: readonly string[]): DockerFacts {
  const [version = '', api = ''] = (rows[0] ?? '').split(' ')
  const [cgroupVersion = '', driver = ''] = (rows.at(-1) ?? '').split(' ')
  const running = /^\d/.test(version)
  const installed = rows.length > 0 && rows[0] !== 'missing'
  return {
    installed,
    running,
    version: running ? version : '',
    api_version: running ? api : '',
    cgroup_version: running && rows.length > 1 ? cgroupVersion : '',
    cgroup_driver: running && rows.length > 1 ? driver : '',
    error: installed && !running ? rows.join(' ').trim() : '',
  }
}
