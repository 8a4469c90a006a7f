import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { HostOptions, HostUser } from '../../lab/host-options.ts'

/** What case.yml says; everything has a default, and most cases need no such file. */
interface CaseSettings {
  /** Names in the inventory; one host of its own for each. `[h1]` unless told. */
  readonly hosts?: readonly string[]
  /** PID 1 of the hosts; `plain` (no systemd) unless told, because it boots faster. */
  readonly init?: HostOptions['init']
  /** Whether Docker runs there, with the image `case/busybox:1`; false unless told. */
  readonly docker?: boolean
  readonly users?: readonly HostUser[]
  /** User to log in as; root unless told. */
  readonly user?: string
  /** Words of the command line, for both programs. */
  readonly arguments?: readonly string[]
  /** A run with --check --diff before the first one: it must foresee as many changes in both, and change nothing. */
  readonly check?: boolean
  /** The playbook is meant to fail, in both. */
  readonly fails?: boolean
  /** Changed tasks of the second run, by host; 0 unless told. The same in both. */
  readonly again?: Readonly<Record<string, number>>
  /** Commands whose output is part of the state: `sysctl -n net.ipv4.ip_forward`. */
  readonly probes?: readonly string[]
  /** Differences on purpose. Each must occur. */
  readonly differs?: readonly IntendedDifference[]
  /** What kmesos cannot do yet: differences are told as expected. A closed gap is told too: then this line must go. */
  readonly gap?: string
}

/** A difference that is meant, and why. */
export interface IntendedDifference {
  /** Regular expression over the lines that tell differences. */
  readonly what: string
  readonly why: string
  /** It depends on which host is faster, so it need not occur. */
  readonly sometimes?: boolean
}

/** One playbook in both dialects. */
export interface DifferentialCase {
  readonly name: string
  readonly folder: string
  readonly hosts: readonly string[]
  readonly hostOptions: HostOptions
  readonly user: string
  readonly arguments: readonly string[]
  readonly check: boolean
  readonly docker: boolean
  readonly systemd: boolean
  readonly fails: boolean
  readonly again: Readonly<Record<string, number>>
  readonly probes: readonly string[]
  readonly differs: readonly IntendedDifference[]
  readonly gap: string | undefined
}

const casesDir = join(import.meta.dirname, '../../differential')

/** Every second case, which makes two halves of about the same length; all of CASES=word,word are in the first half. */
export function casesOfHalf(half: 0 | 1): readonly DifferentialCase[] {
  const only = (process.env['CASES'] ?? '').split(',').filter((word) => word !== '')
  const cases = loadCases(only)
  if (only.length > 0) return half === 0 ? cases : []
  return cases.filter((_, index) => index % 2 === half)
}

/** The cases in the order of their names; `only`: words that a name must hold one of. */
function loadCases(only: readonly string[]): readonly DifferentialCase[] {
  return readdirSync(casesDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => only.length === 0 || only.some((word) => name.includes(word)))
    .sort()
    .map(loadCase)
}

function loadCase(name: string): DifferentialCase {
  const folder = join(casesDir, name)
  const file = join(folder, 'case.yml')
  const settings = (existsSync(file) ? parse(readFileSync(file, 'utf8')) : {}) as CaseSettings
  refuseUnknown(file, settings)
  const { init = 'plain', docker = false, users = [] } = settings
  return {
    ...{ name, folder, docker },
    systemd: init === 'systemd',
    hosts: settings.hosts ?? ['h1'],
    hostOptions: { init, docker: docker ? 'running' : 'masked', users },
    user: settings.user ?? 'root',
    arguments: settings.arguments ?? [],
    check: settings.check ?? false,
    fails: settings.fails ?? false,
    again: settings.again ?? {},
    probes: settings.probes ?? [],
    differs: settings.differs ?? [],
    gap: settings.gap,
  }
}

const known = [
  ...['hosts', 'init', 'docker', 'users', 'user', 'arguments', 'check', 'fails', 'again', 'probes'],
  ...['differs', 'gap'],
]

function refuseUnknown(file: string, settings: CaseSettings): void {
  const unknown = Object.keys(settings).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw new Error(`${file}: unknown ${unknown.join(', ')}`)
}
