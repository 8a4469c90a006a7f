/** What a module asks a host, what it wants done there. Plain data: the same input gives the same program. */

/**
 * One thing asked of a host. Questions of one kind are answered by one process for the whole window (one `stat` for all
 * paths, one `docker inspect` for all containers), so that a clean host costs a handful of processes, not one per task.
 */
export type Question =
  /** `follow`: what a link points to is looked at, in the place of the link. */
  | { readonly ask: 'stat'; readonly path: string; readonly follow?: true }
  /** SHA-256 of a regular file's bytes. */
  | { readonly ask: 'hash'; readonly path: string }
  | { readonly ask: 'container'; readonly name: string }
  | { readonly ask: 'image'; readonly ref: string }
  | { readonly ask: 'volume'; readonly name: string }
  /** Properties of a systemd unit, as `systemctl show` prints them; `none` where systemd does not run. */
  | { readonly ask: 'unit'; readonly name: string }
  | { readonly ask: 'facts' }
  /**
   * POSIX sh; changes nothing; its standard output and exit code are the answer. `network`: the answer depends on other
   * machines too, so a change on any host makes it stale. `reads`: resource keys of what it looks at; without them,
   * anything.
   */
  | {
      readonly ask: 'sh'
      readonly script: string
      readonly network?: true
      readonly reads?: readonly string[]
    }

/** `error` = the host could not tell (Docker away, permission denied): the task that needs the answer fails with it. */
export type Answer =
  | { readonly ask: 'stat'; readonly state: PathState }
  | { readonly ask: 'hash'; readonly sha256: string | null }
  | { readonly ask: 'docker'; readonly found: DockerObject | null }
  | { readonly ask: 'text'; readonly text: string; readonly exitCode: number }
  | { readonly ask: 'error'; readonly message: string }

export type DockerObject = Readonly<Record<string, unknown>>

export type PathState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file' | 'directory' | 'link' | 'other'
      /** Four octal digits. */
      readonly mode: string
      readonly owner: string
      readonly group: string
      readonly uid: number
      readonly gid: number
      /** Bytes. */
      readonly size: number
    }

/** One change on a host, in a closed set; compiled to POSIX sh in one place (action-script.ts). */
export type Action =
  | RunAction
  /** POSIX sh made by a module from quoted words (a wait loop, say). */
  | { readonly do: 'script'; readonly script: string }
  | WriteAction
  | PlaceAction
  /** A local file, sent before the program starts. */
  | { readonly do: 'upload'; readonly file: string; readonly path: string; readonly mode?: string }
  /** A file of the host, taken to this machine before the program starts; with `sha1` nothing else than those bytes. */
  | { readonly do: 'download'; readonly path: string; readonly file: string; readonly sha1?: string }

export interface RunAction {
  readonly do: 'run'
  readonly argv: readonly string[]
  readonly cwd?: string
  readonly stdin?: string
}

/** A finished file takes the place of what is at `path`: in one step, with owner and mode. */
export interface Placement {
  readonly path: string
  readonly owner?: string
  readonly group?: string
  /** Octal text; undefined keeps an existing file's mode, else 0644. */
  readonly mode?: string
  /** Keep a copy of the old file beside it. */
  readonly backup?: boolean
  /** Words of a program that must end with 0 before; `%s` in them is the new file. */
  readonly check?: readonly string[]
}

export interface WriteAction extends Placement {
  readonly do: 'write'
  readonly content: string | Buffer
}

/** `from` must be in the folder of `path`; it is removed when something fails. */
export interface PlaceAction extends Placement {
  readonly do: 'place'
  readonly from: string
}

/** The answer to "what is to do?". No actions = nothing to do, and `message` says why. */
export interface TaskPlan {
  readonly actions: readonly Action[]
  /** A wait acts but changes nothing. */
  readonly changed: boolean
  readonly message: string
  /** Unified diff, where the module can make one. */
  readonly diff?: string
  /** The task is refused: nothing is done, the host fails with `message`. */
  readonly failed?: boolean
  /** Nothing to do, and reported as skipped. */
  readonly skipped?: boolean
  readonly hint?: string
  /** What `register` gets besides changed, failed, msg. */
  readonly result?: Readonly<Record<string, unknown>>
  /** What later observations may no longer hold after this: resource keys (resources.ts); `*` = anything. */
  readonly touches: readonly string[]
}
