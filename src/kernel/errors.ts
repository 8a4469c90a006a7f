import { formatProblems, type Problem } from './problems.ts'

/** Exit codes of every kmesos program. Source: docs/operating, "Exit codes". */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  config: 3,
  unreachable: 4,
  quorum: 5,
  locked: 6,
  timeout: 7,
  changesFound: 10,
  internal: 70,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export interface ErrorDetails {
  /** The error below this one; printed under --verbose. */
  readonly cause?: unknown
  /** The way out, as an imperative sentence without a final stop. */
  readonly hint?: string | undefined
  /** Longer evidence (stderr lines, a list of hosts), printed indented below the message. */
  readonly detail?: string | undefined
}

/**
 * Every error that a user may see. The message says what, on what, and why; the hint says what next.
 * One subclass for each thing that a caller can do about it.
 */
export class KmesosError extends Error {
  readonly hint: string | undefined
  readonly detail: string | undefined
  readonly exitCode: ExitCode = exitCodes.failed

  constructor(message: string, options: ErrorDetails = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = new.target.name
    this.hint = options.hint
    this.detail = options.detail
  }
}

/** Wrong words on the command line. */
export class UsageError extends KmesosError {
  override readonly exitCode = exitCodes.usage
}

/** Faults in files that the user wrote: all of them at once. */
export class ConfigError extends KmesosError {
  override readonly exitCode = exitCodes.config
  readonly problems: readonly Problem[]

  constructor(message: string, problems: readonly Problem[] = [], options: ErrorDetails = {}) {
    super(message, { detail: problems.length > 0 ? formatProblems(problems) : undefined, ...options })
    this.problems = problems
  }
}

/** A host or a server that cannot be reached or refuses us before any work is done. */
export class UnreachableError extends KmesosError {
  override readonly exitCode = exitCodes.unreachable
}

/** A step that would lose the majority. */
export class QuorumError extends KmesosError {
  override readonly exitCode = exitCodes.quorum
}

/** Somebody else holds what we need: the operator's lock, a deployment. */
export class LockedError extends KmesosError {
  override readonly exitCode = exitCodes.locked
}

/** A wait that passed its deadline; the message says what was waited for. */
export class TimeoutError extends KmesosError {
  override readonly exitCode = exitCodes.timeout
}

/** A server answered, but not with what was asked for. */
export class ApiError extends KmesosError {
  readonly status: number | undefined

  constructor(message: string, options: ErrorDetails & { readonly status?: number | undefined } = {}) {
    super(message, options)
    this.status = options.status
  }
}

/** A command ended with the wrong exit code. */
export class CommandError extends KmesosError {}

/** Work failed on some hosts, or some services are not ready; the recap has been printed. */
export class FailedError extends KmesosError {}

/** Our own fault; printed with its stack and where to report it. */
export class InternalError extends KmesosError {
  override readonly exitCode = exitCodes.internal
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Marks a switch as exhaustive: a new kind does not compile until it is handled. */
export function unreachable(value: never): never {
  throw new InternalError(`unhandled case ${JSON.stringify(value)}`)
}
