import { exitCodes, InternalError, KmesosError, messageOf, type ExitCode } from '../kernel/errors.ts'
import { indented } from '../reporter/format-event.ts'
import type { Paint } from '../reporter/paint.ts'

/** Thrown through a run that the user interrupted. */
export class Interrupted extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`)
    this.name = 'Interrupted'
    this.signal = signal
  }
}

export interface ErrorView {
  readonly paint: Paint
  readonly verbose: boolean
  /** The run's full log, when there is one. */
  readonly logFile?: string | undefined
}

/** The exit codes of a shell for a process that a signal ended: 128 + the signal's number. */
const interruptedCodes = { SIGINT: 130, SIGTERM: 143 } as const

/** The exit code of anything thrown. What is no KmesosError is our fault. */
export function exitCodeOf(error: unknown): number {
  const interrupted = interruptionIn(error)
  if (interrupted) return interruptedCodes[interrupted.signal]
  return error instanceof KmesosError ? error.exitCode : (exitCodes.internal satisfies ExitCode)
}

/** The lines that tell an error: what, on what, why; evidence; the way out; where the log is. */
export function formatError(error: unknown, view: ErrorView): readonly string[] {
  const { paint, verbose, logFile } = view
  const interrupted = interruptionIn(error)
  if (interrupted)
    return [
      paint.yellow(interrupted.message),
      'hint: run the same command again to go on',
      ...logLine(logFile),
    ]
  if (!(error instanceof KmesosError) || error instanceof InternalError) return internalError(error, view)
  return [
    `${paint.red('error:')} ${error.message}`,
    ...indented(error.detail),
    ...(error.hint === undefined ? [] : [`hint: ${error.hint}`]),
    ...(verbose ? causeLines(error.cause) : []),
    ...logLine(logFile),
  ]
}

function internalError(error: unknown, { paint, logFile }: ErrorView): readonly string[] {
  const message = messageOf(error).replace(/^internal error: /, '')
  return [
    `${paint.red('internal error:')} ${message}`,
    ...indented(stackOf(error)),
    ...(error instanceof Error ? causeLines(error.cause) : []),
    'hint: this is a fault of kmesos; report it with these lines to its issue tracker',
    ...logLine(logFile),
  ]
}

/** The chain of causes, each with its stack. */
function causeLines(cause: unknown): readonly string[] {
  const lines: string[] = []
  for (let at = cause, depth = 0; at !== undefined && depth < mostCauses; depth++) {
    lines.push(...indented(`caused by: ${stackOf(at)}`))
    at = at instanceof Error ? at.cause : undefined
  }
  return lines
}

/** A cause may name itself as its cause. */
const mostCauses = 10

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
}

/** A door may wrap the signal's reason; the interruption then is somewhere among the causes. */
function interruptionIn(error: unknown): Interrupted | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < mostCauses; at = at.cause, depth++) {
    if (at instanceof Interrupted) return at
  }
  return undefined
}

function logLine(logFile: string | undefined): readonly string[] {
  return logFile === undefined ? [] : [`log: ${logFile}`]
}
