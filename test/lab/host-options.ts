import type { RootfsFlavor } from './rootfs.ts'

/** What makes one lab host differ from another. All of it takes effect at the first boot; the disk keeps it. */
export interface HostOptions {
  /** PID 1: systemd (default), or `plain`: tini with sshd and dockerd below it. */
  readonly init?: 'systemd' | 'plain'
  /** `plain` unless told; `python` for the hosts of Ansible, which needs Python on them. */
  readonly flavor?: RootfsFlavor
  /** Names of images (`zookeeper`, `mariadb`) that the host's Docker has from the start. */
  readonly images?: readonly string[]
  /** `running` (default); `masked`: installed and not to be started; `absent`: no trace of it. */
  readonly docker?: 'running' | 'masked' | 'absent'
  /** Members of daemon.json that are added to the lab's own. */
  readonly dockerConfig?: Readonly<Record<string, unknown>>
  /** Size of /var/lib/docker, for a full disk: `64m`. Its content is lost with the power. */
  readonly dockerDisk?: string
  /** Lines for sshd_config; they win over the lab's own: `MaxSessions 2`, `PasswordAuthentication no`. */
  readonly sshd?: readonly string[]
  /** Private key in OpenSSH's form that sshd shows, instead of a new one. */
  readonly hostKey?: string
  /** Password of root; none unless told. */
  readonly rootPassword?: string
  readonly users?: readonly HostUser[]
  /** Lines added to /etc/hosts. */
  readonly hostsFile?: readonly string[]
}

export interface HostUser {
  readonly name: string
  readonly password?: string
  /** With its own password, without one, or not at all (default). */
  readonly sudo?: 'password' | 'nopasswd' | 'none'
  /** The lab's key opens its door; true unless told. */
  readonly authorized?: boolean
}

/** What the lab knows of a host, in its folder. */
export interface HostRecord {
  readonly name: string
  readonly octet: number
  readonly rootfs: string
  readonly options: HostOptions
}
