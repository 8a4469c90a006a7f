import { ConfigError } from '../../src/kernel/errors.ts'

/** Where a lab keeps its hosts, and which network it takes. Two labs differ in both and can be up at once. */
export interface LabSettings {
  readonly dir: string
  /** The first three numbers of a /24: `10.77.10`. The machine itself is .1 in it. */
  readonly network: string
  /** Root file systems and images, shared between labs. */
  readonly cacheDir: string
}

/** Names of the things that a lab makes on the machine, all derived from its network. */
export interface LabNames {
  /** `77-10` of 10.77.10. */
  readonly tag: string
  /** Network namespace that holds the bridge. */
  readonly switchSpace: string
  readonly bridge: string
  /** The machine's own cable to the bridge: the only link in the root namespace. */
  readonly uplink: string
  /** Folder below every cgroup hierarchy. */
  readonly cgroup: string
  /** The machine's address in the lab. */
  readonly gateway: string
}

export const defaultSettings: LabSettings = {
  dir: '/var/lib/kmesos-lab',
  network: '10.77.10',
  cacheDir: '/var/cache/kmesos-lab',
}

/** Options first, then KMESOS_LAB_DIR, KMESOS_LAB_NET and KMESOS_LAB_CACHE, then the defaults. */
export function labSettings(
  options: Partial<LabSettings> = {},
  env: NodeJS.ProcessEnv = process.env,
): LabSettings {
  const settings = {
    dir: options.dir ?? env['KMESOS_LAB_DIR'] ?? defaultSettings.dir,
    network: options.network ?? env['KMESOS_LAB_NET'] ?? defaultSettings.network,
    cacheDir: options.cacheDir ?? env['KMESOS_LAB_CACHE'] ?? defaultSettings.cacheDir,
  }
  labNames(settings.network)
  return settings
}

/** Throws a ConfigError for anything but `10.X.Y`. */
export function labNames(network: string): LabNames {
  const [ten, second, third, ...rest] = network.split('.')
  if (ten !== '10' || rest.length > 0 || !isByte(second) || !isByte(third)) {
    throw new ConfigError(
      `the lab's network must be 10.X.Y with X and Y from 0 to 255, got "${network}"`,
      [],
      {
        hint: 'set KMESOS_LAB_NET or --network, for example to 10.77.11',
      },
    )
  }
  const tag = `${second}-${third}`
  // An interface's name has at most 15 characters: kml255-255v254 has 14.
  return {
    tag,
    switchSpace: `kml${tag}sw`,
    bridge: 'kmlbr0',
    uplink: `kml${tag}`,
    cgroup: `kmesos-lab-${tag}`,
    gateway: `${network}.1`,
  }
}

function isByte(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= 255
}
