export interface AptParams {
  readonly name: readonly unknown[]
  readonly state: 'present' | 'absent' | 'latest'
  readonly update_cache?: boolean
  /** Seconds for which fetched lists count as fresh. */
  readonly cache_valid_time: number
  readonly default_release?: string
  readonly install_recommends?: boolean
  readonly force: boolean
  readonly purge: boolean
  readonly autoremove: boolean
  readonly autoclean: boolean
  readonly clean: boolean
  readonly only_upgrade: boolean
  readonly upgrade: 'no' | 'yes' | 'safe' | 'dist' | 'full'
  readonly dpkg_options: string
  readonly lock_timeout: number
  readonly allow_unauthenticated: boolean
  readonly allow_downgrade: boolean
  readonly allow_change_held_packages: boolean
  readonly fail_on_autoremove: boolean
  readonly policy_rc_d?: number
  /** Package file on the host. */
  readonly deb?: string
}

/** An installed package; `architecture` as dpkg names it. */
export interface Installed {
  readonly name: string
  readonly architecture: string
  readonly version: string
}

export interface AptObserved {
  readonly apt: boolean
  readonly installed: readonly Installed[]
  /** Removed, but its configuration is there. */
  readonly configured: readonly string[]
  /** Names that installed packages provide; asked for when something wanted is missing. */
  readonly provided: readonly string[]
  /** With state: latest, the version that an installation would bring, by name. */
  readonly candidates: Readonly<Record<string, string>>
  /** Seconds since the lists were fetched, null when they never were. */
  readonly cacheAge: number | null
  /** With upgrade or autoremove: packages that would change. */
  readonly upgradable: number
  readonly removable: number
  /** With deb: what the file holds; null when it cannot be read. */
  readonly deb: Installed | null
}
