import type { Host } from '../inventory/types.ts'
import type { Argv } from '../kernel/shell.ts'
import type { Secret } from '../kernel/secret.ts'
import type { DetachedRun } from './detached-run.ts'

/** One open way to a host (SSH or local). One per host; each exec is a channel of it. */
export interface Connection {
  readonly host: string
  /**
   * Runs one command. A non-zero exit code is a result, not an error.
   * Throws UnreachableError when the connection is lost, TimeoutError after options.timeoutMs, ConfigError-like
   * BecomeError when sudo refuses.
   */
  exec(argv: Argv, options?: ExecOptions): Promise<ExecResult>
  /** Writes a remote file atomically (temporary name in the same folder, then rename). */
  upload(source: UploadSource, destination: string, options?: UploadOptions): Promise<void>
  /** Bytes of a remote file. */
  download(path: string, options?: { readonly become?: Become }): Promise<Buffer>
  close(): Promise<void>
}

export interface ExecOptions {
  /** Fed to standard input, then closed. Scripts and secrets travel here, never in argv. */
  readonly stdin?: string | Buffer
  readonly become?: Become
  readonly environment?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /**
   * Lets the program outlive its channel: after an UnreachableError the same call with the same object on the host's next
   * connection goes on where the output stopped, and the result is whole. One remote command as well; worth it where something
   * is changed or takes long. `timeoutMs` then counts for each connection.
   */
  readonly detached?: DetachedRun
  /** Called with each whole line as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

export interface ExecResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly signal?: string
  readonly stdout: string
  readonly stderr: string
}

export type UploadSource = { readonly content: string | Buffer } | { readonly file: string }

export interface UploadOptions {
  /** Octal text. */
  readonly mode?: string
  readonly become?: Become
  readonly signal?: AbortSignal
}

/** Another user's rights on the host. */
export interface Become {
  readonly user: string
  readonly method: 'sudo' | 'su' | 'doas'
  readonly password?: Secret
  /** Further flags for sudo, su or doas (`-E`). */
  readonly flags?: readonly string[]
}

/** Opens connections; the only thing that knows about ssh2. */
export interface Transport {
  /** Throws UnreachableError (cannot dial, refused credentials, host key mismatch), each with a way out. */
  connect(host: Host, signal?: AbortSignal): Promise<Connection>
  /** How long a host that was there may stay away after a lost connection; the caller's default unless told. */
  reconnectTimeoutMs?(host: Host): number
  /** Ends what is still open. */
  close(): Promise<void>
}
