import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the all-in-one lives; everything that `npm run aio` makes is in these places and in no other. */
export interface AioSettings {
  readonly projectDir: string
  /** Inventory, passwords, openrc, what was made. */
  readonly folder: string
  /** The lab host's disk. */
  readonly labDir: string
  /** The first three numbers of the lab's network. */
  readonly network: string
  readonly images: 'local' | 'registry'
  /** `host:port` of a registry that the lab host reaches; only with images: registry. */
  readonly registry?: string
}

/** The one host's name, as in inventory/all-in-one. */
export const hostName = 'aio'
export const hostOctet = 10

export const defaultLabDir = '/var/lib/kmesos-aio'
export const defaultNetwork = '10.77.20'

/** Images that the all-in-one needs on its host; the engine runs Marathon's part. */
export const aioImages = ['zookeeper', 'engine', 'mariadb', 'memcached', 'keystone', 'toolbox'] as const

export function aioSettings(options: Partial<AioSettings> = {}): AioSettings {
  const projectDir = options.projectDir ?? fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
  return {
    projectDir,
    folder: options.folder ?? join(projectDir, '.kmesos', 'aio'),
    labDir: options.labDir ?? defaultLabDir,
    network: options.network ?? defaultNetwork,
    images: options.images ?? 'local',
    ...(options.registry === undefined ? {} : { registry: options.registry }),
  }
}
