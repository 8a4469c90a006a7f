import packageFile from '../../package.json' with { type: 'json' }
import { paintOf, wantsColors } from '../reporter/paint.ts'
import { exitCodeOf, formatError } from './format-error.ts'
import { formatGroupHelp, formatProgramHelp, formatVerbHelp } from './format-help.ts'
import { redirectWarnings, watchSignals } from './interruption.ts'
import { OutputStream } from './output-stream.ts'
import { parseArguments, type Parsed } from './parse-arguments.ts'
import { runVerb } from './run-verb.ts'
import { verbs } from './verbs.ts'
import type { Notices } from './wire.ts'

async function main(): Promise<number> {
  const stdout = new OutputStream(process.stdout)
  const stderr = new OutputStream(process.stderr)
  try {
    const parsed = parseArguments(process.argv.slice(2), verbs, process.env)
    if (parsed.kind !== 'run') {
      stdout.write(textOf(parsed))
      return 0
    }
    const notices: Notices = { tell: (text) => stderr.write(`${text}\n`) }
    redirectWarnings(process, (text) => notices.tell(text))
    const signal = watchSignals(process, (text) => notices.tell(text))
    const workingFolder = process.cwd()
    return await runVerb(parsed.verb, parsed.request, {
      stdout,
      stderr,
      environment: process.env,
      workingFolder,
      signal,
      notices,
      process,
    })
  } catch (error) {
    const colors = wantsColors(stderr.isTerminal, process.env) && !process.argv.includes('--no-color')
    const paint = paintOf(colors)
    stderr.write(`${formatError(error, { paint, verbose: false }).join('\n')}\n`)
    return exitCodeOf(error)
  }
}

function textOf(parsed: Exclude<Parsed, { kind: 'run' }>): string {
  if (parsed.kind === 'version') return `kmesos ${packageFile.version}${revision()}\n`
  if (parsed.verb) return formatVerbHelp(parsed.verb)
  return parsed.under === undefined ? formatProgramHelp(verbs) : formatGroupHelp(parsed.under, verbs)
}

/** Filled in by bootstrap/build.mjs; sources that run unbuilt have none. */
declare const kmesosRevision: string | undefined

function revision(): string {
  return typeof kmesosRevision === 'string' && kmesosRevision !== '' ? ` (${kmesosRevision})` : ''
}

// Exit at once: idle sockets of servers that were talked to would hold the process for seconds.
void main().then((code) => process.exit(code))
