import { join } from 'node:path'
import { systemClock, type Clock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/errors.ts'
import { redactor, type Secret } from '../kernel/secret.ts'
import { fanOut } from '../reporter/fan-out-reporter.ts'
import { JsonReporter } from '../reporter/json-reporter.ts'
import { LineReporter } from '../reporter/line-reporter.ts'
import { paintOf, wantsColors, type Paint } from '../reporter/paint.ts'
import type { RunJournal } from '../reporter/run-journal.ts'
import type { Reporter } from '../reporter/types.ts'
import type { Environment } from './parse-arguments.ts'
import type { OutputStream } from './output-stream.ts'
import type { Request, Verb } from './verb.ts'

/** What every verb gets: the screen, time, and the wish to stop. Doors to hosts and servers are opened by the verb. */
export interface Clients {
  readonly reporter: Reporter
  readonly clock: Clock
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal
  readonly paint: Paint
  readonly json: boolean
  readonly verbose: boolean
  /** -vvv: where connections and remote commands are told. */
  readonly trace: ((text: string) => void) | undefined
  /** Leaves the terminal to a question until it is answered. */
  readonly hold: <T>(ask: () => Promise<T>) => Promise<T>
  /** Writes a result (not progress) to standard output, masked. */
  readonly print: (text: string) => void
  /** Tells a likely slip: on standard error where the verb's output is a value that somebody may parse. */
  readonly warn: (text: string) => void
  /** From now on these are masked wherever anything is shown or kept. */
  readonly hide: (secrets: Iterable<Secret>) => void
  /** The run's folder, where the verb leaves one. */
  readonly journal: RunJournal | undefined
  /** `.kmesos/runs` of the working folder: where runs leave what they leave. */
  readonly runsFolder: string
}

/** Where a word to the user goes while a run shows something: above the screen's moving part, not into it. */
export interface Notices {
  tell: (text: string) => void
}

export interface Surroundings {
  readonly notices: Notices
  /** Its end and its stops, at which a terminal must be left clean. */
  readonly process: NodeJS.Process
  readonly stdout: OutputStream
  readonly environment: Environment
  readonly workingFolder: string
  readonly signal: AbortSignal
}

/** Builds a verb's clients. listr2 is loaded only where a tree is drawn, the journal only where a run leaves one. */
export async function wire(verb: Verb, request: Request, surroundings: Surroundings): Promise<Clients> {
  const { stdout, environment, signal } = surroundings
  const known: Secret[] = []
  let redact = (text: string): string => text
  const early: string[] = []
  let warn = (text: string): void => void early.push(text)
  const journal =
    verb.screen === 'run' ? await openJournal(verb, surroundings, (text) => warn(text)) : undefined
  const form = formOf(verb, request, surroundings)
  const colors = wantsColors(stdout.isTerminal, environment) && !request.options.flag('no-color')
  const paint = paintOf(form !== 'json' && colors)
  const screen = await openScreen(form, { verb, request, paint, surroundings })
  const reporter = fanOut(journal ? [journal, screen] : [screen], (text) => redact(text))
  const tell = (level: 'info' | 'warning', text: string): void => {
    const word = level === 'warning' ? 'warning: ' : ''
    if (verb.screen === 'quiet') process.stderr.write(redact(`${word}${text}\n`))
    else reporter.report({ kind: 'message', level, text, at: systemClock.now() })
  }
  warn = (text) => tell('warning', text)
  early.forEach(warn)
  return {
    reporter,
    clock: systemClock,
    signal,
    paint,
    json: form === 'json',
    verbose: request.options.flag('verbose'),
    trace: request.options.times('verbose') > 2 ? (text) => tell('info', text) : undefined,
    hold: (ask) => (screen.hold ? screen.hold(ask) : ask()),
    print: (text) => stdout.write(redact(text)),
    warn,
    hide: (secrets) => {
      known.push(...secrets)
      redact = redactor(known)
    },
    journal,
    runsFolder: runsFolderOf(surroundings),
  }
}

function runsFolderOf({ workingFolder }: Pick<Surroundings, 'workingFolder'>): string {
  return join(workingFolder, '.kmesos', 'runs')
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !/^(?:|0|false|no)$/i.test(value)
}

type Form = 'tree' | 'lines' | 'json'

function formOf(verb: Verb, request: Request, { stdout, environment }: Surroundings): Form {
  const asked = request.options.text('output') as Form | undefined
  if (asked === 'json') return 'json'
  // A tree needs a cursor to move.
  const canMove = stdout.isTerminal && environment['TERM'] !== 'dumb'
  if (verb.screen !== 'run' || !canMove) return 'lines'
  // Some CI systems give a terminal, whose log then keeps every drawing.
  return asked ?? (isSet(environment['CI']) ? 'lines' : 'tree')
}

interface ScreenOptions {
  readonly verb: Verb
  readonly request: Request
  readonly paint: Paint
  readonly surroundings: Surroundings
}

interface Screen extends Reporter {
  readonly hold?: <T>(ask: () => Promise<T>) => Promise<T>
}

async function openScreen(
  form: Form,
  { verb, request, paint, surroundings }: ScreenOptions,
): Promise<Screen> {
  const { stdout } = surroundings
  const write = (text: string): void => stdout.write(text)
  if (form === 'json') return new JsonReporter(write)
  const level = request.options.times('verbose')
  const options = {
    ...{ paint, clock: systemClock, output: verb.screen === 'lines' },
    ...{
      verbose: level > 0 || verb.screen === 'lines',
      starts: level > 1,
      quiet: request.options.flag('quiet'),
    },
  }
  if (form === 'lines') return new LineReporter({ ...options, write })
  const { openTree } = await import('./open-tree.ts')
  return openTree(options, surroundings)
}

/** A folder that cannot be written (a read-only disk, somebody else's) costs the log, not the run. */
async function openJournal(
  verb: Verb,
  surroundings: Surroundings,
  warn: (text: string) => void,
): Promise<RunJournal | undefined> {
  const { RunJournal } = await import('../reporter/run-journal.ts')
  const folder = runsFolderOf(surroundings)
  try {
    return new RunJournal({ folder, verb: verb.name, startedAt: systemClock.now(), onFault: warn })
  } catch (error) {
    warn(`this run leaves no log: ${messageOf(error)}`)
    return undefined
  }
}

/** Work of the command line itself, shown as a phase of the verb. */
export async function asPhase<R>(
  { reporter, clock }: Pick<Clients, 'reporter' | 'clock'>,
  title: string,
  work: () => Promise<R>,
): Promise<R> {
  reporter.report({ kind: 'phase-started', phase: title, at: clock.now() })
  try {
    const result = await work()
    reporter.report({ kind: 'phase-ended', phase: title, at: clock.now(), outcome: 'ok' })
    return result
  } catch (error) {
    reporter.report({ kind: 'phase-ended', phase: title, at: clock.now(), outcome: 'failed' })
    throw error
  }
}
