import { exitCodes, FailedError, KmesosError, messageOf } from '../kernel/errors.ts'
import { systemClock } from '../kernel/clock.ts'
import { operatorOf } from './operator.ts'
import { exitCodeOf, formatError } from './format-error.ts'
import type { OutputStream } from './output-stream.ts'
import type { Request, Verb, VerbResult } from './verb.ts'
import { wire, type Clients, type Surroundings } from './wire.ts'

/** Runs one verb to its end and gives the exit code; the only place that prints errors. */
export async function runVerb(
  verb: Verb,
  request: Request,
  surroundings: Surroundings & { readonly stderr: OutputStream },
): Promise<number> {
  const clients = await wire(verb, request, surroundings)
  const tells = verb.screen !== 'quiet'
  const { reporter } = clients
  const check = request.options.has('check') && request.options.flag('check')
  if (tells) {
    const { who, host, pid, command } = operatorOf()
    const start = { kind: 'run-started', verb: verb.name, at: systemClock.now(), check } as const
    reporter.report({ ...start, by: `${who}@${host}`, pid, command })
  }
  const outcome = await attempt(verb, request, clients)
  const exitCode = outcome.ok ? codeOf(request, outcome.result) : exitCodeOf(outcome.error)
  if (!outcome.ok && (tells || clients.json)) reportError(outcome.error, clients)
  if (tells) {
    const changed = outcome.ok && outcome.result?.changed === true
    reporter.report({ kind: 'run-ended', at: systemClock.now(), exitCode, changed })
  }
  await reporter.close()
  const logFile = clients.journal?.logFile
  if (!outcome.ok) {
    const lines = formatError(outcome.error, { paint: clients.paint, verbose: clients.verbose, logFile })
    surroundings.stderr.write(`${lines.join('\n')}\n`)
  } else if (logFile !== undefined && !clients.json) {
    surroundings.stdout.write(`log: ${logFile}\n`)
  }
  return exitCode
}

type Attempt =
  | { readonly ok: true; readonly result: VerbResult | undefined }
  | { readonly ok: false; readonly error: unknown }

async function attempt(verb: Verb, request: Request, clients: Clients): Promise<Attempt> {
  try {
    const result = await verb.run(request, clients)
    // A verb that ended well although it was told to stop has nothing left to do, but its caller must know.
    clients.signal.throwIfAborted()
    return { ok: true, result: result ?? undefined }
  } catch (error) {
    const asked = clients.signal.aborted && !(error instanceof FailedError)
    return { ok: false, error: asked ? clients.signal.reason : error }
  }
}

function codeOf(request: Request, result: VerbResult | undefined): number {
  const { options } = request
  const detailed =
    options.has('detailed-exitcode') && options.flag('detailed-exitcode') && options.flag('check')
  return detailed && result?.changed === true ? exitCodes.changesFound : exitCodes.ok
}

function reportError(error: unknown, { reporter }: Clients): void {
  const known = error instanceof KmesosError ? error : undefined
  reporter.report({
    kind: 'error',
    message: messageOf(error),
    ...(known?.detail === undefined ? {} : { detail: known.detail }),
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
    exitCode: exitCodeOf(error),
    at: systemClock.now(),
  })
}
