import type { Constraint, DockerParameter } from '../marathon/types.ts'
import type { CommandSpec, DaemonSpec } from '../start-spec/types.ts'

/** A role folder as text: what load-roles reads and parse-role understands. `file`s are as the user knows them. */
export interface RoleSource {
  readonly name: string
  readonly service: SourceText
  readonly defaults?: SourceText
  /** Texts of `roles/<role>/templates/`, by file name. */
  readonly templates: Readonly<Record<string, string>>
}

export interface SourceText {
  readonly file: string
  readonly text: string
}

/** Everything below `roles/` and `templates/`. */
export interface RoleSources {
  readonly roles: readonly RoleSource[]
  /** `roles/defaults.yml`: variables that no single role owns (image names, addresses). */
  readonly defaults?: SourceText
  /** `roles/profiles.yml`: named lists of roles. */
  readonly profiles?: SourceText
  /** `templates/NAME.ejs`, by NAME. */
  readonly partials: Readonly<Record<string, string>>
}

/** One folder of `roles/`, checked by itself; what roles need of each other is checked by check-services. */
export interface Role {
  readonly name: string
  readonly services: readonly ServiceDefinition[]
  readonly outputs: readonly OutputDefinition[]
  /** What the operator is told at the end: name -> URL, rendered. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly templates: Readonly<Record<string, string>>
}

/** Where a definition stands, for problems that are found later: `roles/keystone/service.yml:12`. */
export interface Placed {
  readonly where: string
}

/** A service or a job; values that concern the app are rendered, texts for the container are still EJS. */
export interface ServiceDefinition extends Placed {
  readonly role: string
  readonly name: string
  readonly kind: 'daemon' | 'job'
  readonly image: string
  /** Name of the inventory's group on whose hosts it runs. */
  readonly placement: string
  /** Undefined: one on each host of the group (a job: one). */
  readonly instances?: number
  /** first: on the group's first host only, because its data stay there. */
  readonly pin?: 'first'
  readonly cpus: number
  /** MiB. */
  readonly mem: number
  readonly ports: Readonly<Record<string, number>>
  readonly user?: string
  readonly files: readonly FileDefinition[]
  /** Names of the secrets that this service can read. */
  readonly secrets: readonly string[]
  readonly commands: readonly CommandDefinition[]
  readonly daemon?: DaemonDefinition
  readonly volumes: readonly VolumeDefinition[]
  readonly constraints: readonly Constraint[]
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopGraceSeconds: number
  readonly parameters: readonly DockerParameter[]
}

export interface FileDefinition extends Placed {
  /** File name in the role's templates folder. */
  readonly source: string
  readonly dest: string
  readonly owner?: string
  readonly group?: string
  readonly mode: string
}

export type CommandDefinition = Omit<CommandSpec, 'digest'> & Placed

export type DaemonDefinition = Omit<DaemonSpec, 'ports'> & Placed

/** named: /var/lib/kmesos/<deployment>/volumes/<name> on the host, the same for ever. */
export type VolumeDefinition =
  | {
      readonly kind: 'named'
      readonly name: string
      readonly path: string
      readonly mode: 'RO' | 'RW'
    }
  | {
      readonly kind: 'host'
      readonly hostPath: string
      readonly path: string
      readonly mode: 'RO' | 'RW'
    }

/** A file that deploy writes on the operator's machine (openrc). */
export interface OutputDefinition extends Placed {
  readonly source: string
  /** File name below `.kmesos/`. */
  readonly dest: string
  readonly mode: string
  readonly secrets: readonly string[]
}

/** Profile name -> role names. */
export type Profiles = Readonly<Record<string, readonly string[]>>
