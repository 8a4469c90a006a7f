/**
 * What kmesos-start reads for one service: `/kmesos/<deployment>/services/<service>`, JSON. Written by `kmesos deploy`,
 * validated by schema.ts on both sides. Texts are EJS, rendered inside the container with the context of ContainerContext.
 */
export const startSpecVersion = 1

export interface StartSpec {
  readonly version: typeof startSpecVersion
  readonly service: string
  /** daemon: keeps a daemon running. job: only run_once commands; idles when they are done. */
  readonly kind: 'daemon' | 'job'
  /** Run commands and daemon as this user of the image (name or uid); undefined = root. */
  readonly user?: string
  readonly files: readonly FileSpec[]
  /**
   * Texts of the partials (templates/NAME.ejs) that this service's texts use by `include('NAME', {…})`, by name; see
   * templates/partials.ts.
   */
  readonly partials?: Readonly<Record<string, string>>
  /** In order of execution. */
  readonly commands: readonly CommandSpec[]
  readonly daemon?: DaemonSpec
  /** KOLLA: write config.json and go through kolla_start; plain: start the command itself. */
  readonly strategy: 'plain' | 'kolla'
  /**
   * Names this configuration as a whole: SHA-256 of the rest of the spec (so of its files) and of the variables and secrets
   * that its texts use. Registrations name the one that they run. Undefined: nobody waits for it.
   */
  readonly config?: string
}

export interface FileSpec {
  /** Name of the node below files/ that holds the template text. */
  readonly name: string
  /** Absolute path in the container. */
  readonly dest: string
  readonly owner?: string
  readonly group?: string
  /** Octal text, "0600". */
  readonly mode: string
  /** SHA-256 of the template text; a reader that sees another text waits for the writer to finish. */
  readonly digest: string
}

export interface CommandSpec {
  readonly name: string
  /** Words, each an EJS text. Never with a secret: argv is readable by all. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** EJS text fed to standard input; may hold secrets. */
  readonly stdin?: string
  readonly user?: string
  /** Once per cluster (under a lock, recorded in status/global) or in every container's start. */
  readonly runOnce: boolean
  readonly requires: readonly Requirement[]
  /** Tries after the first one. */
  readonly retries: number
  readonly delaySeconds: number
  readonly timeoutSeconds: number
  /** Image + command + files + the variables that they use, without secrets: a run_once command counts as done for one digest. */
  readonly digest: string
}

export interface DaemonSpec {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly requires: readonly Requirement[]
  readonly ready: ReadyCheck
  /** The daemon must be ready so many seconds after its start. */
  readonly readyWithinSeconds: number
  readonly onConfigChange: 'restart' | 'ignore' | { readonly reload: string }
  /** Names and numbers of the ports that are announced in the registry. */
  readonly ports: Readonly<Record<string, number>>
  /** Signal that asks the daemon to stop, SIGTERM unless told. */
  readonly stopSignal: string
}

/** `mariadb/daemon`, `keystone-db/create`, `host:neutron-agent/daemon`. */
export interface Requirement {
  readonly service: string
  /** `daemon` or a command's name. */
  readonly command: string
  /** host: only the same host's counts. */
  readonly scope: 'global' | 'host'
}

/** Texts are EJS. exec: exit code 0 = ready. */
export type ReadyCheck =
  | { readonly kind: 'http'; readonly url: string; readonly statuses: readonly number[] }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'none' }

// ---- what stands in the nodes that kmesos-start writes (JSON) ----

export type CommandState =
  'waiting' | 'running' | 'retry' | 'done' | 'error' | 'starting' | 'ready' | 'stopped'

/** status/<scope>/<service>/<command> */
export interface StatusNode {
  readonly state: CommandState
  readonly digest: string
  readonly host: string
  readonly instance: string
  readonly attempt: number
  /** ISO time of the last change of `state`. */
  readonly since: string
  readonly error?: string
  /** Last lines of standard error, redacted. */
  readonly log?: readonly string[]
}

/** registry/<service>/<instance>, ephemeral: made after the ready check passed. */
export interface RegistryNode {
  readonly host: string
  readonly address: string
  readonly ports: Readonly<Record<string, number>>
  /** Random per start of the daemon. */
  readonly incarnation: string
  readonly since: string
  /** The `config` of the spec with which the daemon was started, reloaded or rightly left alone. */
  readonly config?: string
  /** ISO time at which it took up that one. */
  readonly configSince?: string
  /** What became of the newest configuration where it was not taken up: left alone, or why it cannot be used. */
  readonly note?: string
}

/** waiting/<service>/<instance>, ephemeral: there while a container waits. */
export interface WaitingNode {
  readonly host: string
  /** The command (or `daemon`) that cannot start yet. */
  readonly step: string
  readonly requires: readonly { readonly requirement: string; readonly met: boolean; readonly why: string }[]
  readonly since: string
}

// ---- what templates see inside a container ----

/** The site's variables at top level, and these names. */
export interface ContainerContext {
  readonly self: {
    readonly service: string
    readonly instance: string
    readonly host: string
    readonly address: string
    readonly ports: Readonly<Record<string, number>>
    readonly deployment: string
  }
  /** The service's own, decrypted; plain strings. */
  readonly secrets: Readonly<Record<string, string>>
  /** Live discovery; empty lists while nobody is registered. Templates that call it are rendered again on changes. */
  readonly service: (name: string) => {
    readonly addresses: readonly string[]
    readonly first: string
    readonly hosts: readonly string[]
    readonly ports: Readonly<Record<string, number>>
  }
}

/** `/kmesos/<deployment>/variables`. */
export interface VariablesNode {
  /** What templates see at top level; no secrets. */
  readonly variables: Readonly<Record<string, unknown>>
  /** The inventory's hosts and groups: name -> address. */
  readonly hosts: Readonly<Record<string, { readonly address: string; readonly groups: readonly string[] }>>
}

/** Environment of every container (Marathon's app `env`); none of it is secret. */
export interface StartEnvironment {
  /** `host:2181,host:2181` */
  readonly KMESOS_ZOOKEEPER: string
  readonly KMESOS_DEPLOYMENT: string
  readonly KMESOS_SERVICE: string
  /** File with the service's key, JSON KeyFile, mounted read-only. */
  readonly KMESOS_KEY_FILE: string
  /** Time-out of the ZooKeeper session in seconds, 10 unless told: so long a dead container counts as registered. */
  readonly KMESOS_SESSION_SECONDS?: string
}

/** /etc/kmesos/<deployment>/keys/<service> on the hosts, 0600 root; `kmesos deploy` puts it there over SSH. */
export interface KeyFile {
  readonly version: 1
  readonly deployment: string
  readonly service: string
  /** 32 random bytes, base64; see zookeeper/identity.ts for what is derived from it. */
  readonly key: string
  /** Key of the deployment's reader, 32 bytes in base64. */
  readonly reader: string
  /** The operator's digest id (identity.ts), put into the ACL of what containers write; without it only the reader reads that. */
  readonly operatorId?: string
}
