import type { DockerObject } from '../../plan/types.ts'

export interface ContainerParams {
  readonly name: string
  readonly state: 'started' | 'present' | 'stopped' | 'absent'
  readonly image?: string
  /** Words, or one text that is split like a command line. */
  readonly command?: unknown
  readonly entrypoint?: readonly unknown[]
  readonly env: Readonly<Record<string, unknown>>
  /** Path on the host: the way for secrets. Its bytes count for "same?". */
  readonly env_file?: string
  readonly volumes: readonly unknown[]
  readonly network_mode?: string
  readonly published_ports: readonly unknown[]
  readonly restart_policy: string
  readonly pid_mode?: string
  readonly ipc_mode?: string
  readonly cgroupns_mode?: string
  readonly privileged: boolean
  readonly capabilities: readonly unknown[]
  readonly labels: Readonly<Record<string, unknown>>
  readonly user?: string
  readonly hostname?: string
  readonly working_dir?: string
  readonly ulimits: readonly unknown[]
  readonly devices: readonly unknown[]
  readonly memory?: string
  readonly cpus?: number
  readonly log_options: Readonly<Record<string, unknown>>
  readonly stop_signal?: string
  /** Seconds between the signal and the kill. */
  readonly stop_timeout: number
  readonly init: boolean
  readonly restart: boolean
  /** False: what is there is started where it is stopped, and otherwise left alone. */
  readonly replace: boolean
  readonly recreate: boolean
  readonly pull: 'missing' | 'never' | 'always' | 'true' | 'false'
  readonly keep_volumes: boolean
  readonly force_kill: boolean
  readonly restart_retries?: number
  /** More networks than one; see option-words.ts. */
  readonly networks?: readonly unknown[]
}

export interface ContainerObserved {
  readonly container: DockerObject | null
  /** Id of the wanted image on the host. */
  readonly imageId: string | null
  /** SHA-256 of the env_file. */
  readonly envFile: string | null
}
