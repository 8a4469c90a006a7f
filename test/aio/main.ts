import { join } from 'node:path'
import { cac } from 'cac'
import { exitCodeOf, formatError } from '../../src/cli/format-error.ts'
import { watchSignals } from '../../src/cli/interruption.ts'
import { OutputStream } from '../../src/cli/output-stream.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { exitCodes, UsageError } from '../../src/kernel/errors.ts'
import { unknownWord } from '../../src/kernel/nearest.ts'
import { fanOut } from '../../src/reporter/fan-out-reporter.ts'
import { LineReporter } from '../../src/reporter/line-reporter.ts'
import { paintOf, wantsColors } from '../../src/reporter/paint.ts'
import { RunJournal } from '../../src/reporter/run-journal.ts'
import type { Reporter } from '../../src/reporter/types.ts'
import { chooseImages } from './choose-images.ts'
import { formatEnd } from './format-end.ts'
import { runSteps } from './run-steps.ts'
import { aioSettings, defaultLabDir, defaultNetwork, type AioSettings } from './settings.ts'
import { takeDown } from './take-down.ts'

const help = `Usage: npm run aio [-- up|down] [options]

The all-in-one: a lab host on this machine, from nothing to a Keystone token, with the real programs.
up (the default) may be run again at any time: it does what is missing and nothing else.
down removes what up made, and nothing else.

Options:
  --images local|registry  build our images from Debian packages (local), or pull from a registry;
                           without it: the registry if one is named and answers, else local
  --registry HOST:PORT     the registry, as the lab host reaches it
  --network 10.X.Y         network of the lab host (${defaultNetwork})
  --lab-dir DIR            disk of the lab host (${defaultLabDir})
  --folder DIR             inventory, passwords and openrc (.kmesos/aio)
  --keep-images            down: leave the cache of images, building it takes minutes
  --verbose                show all output
  --help                   show this text

Examples:
  npm run aio
  npm run aio -- --images registry --registry 10.77.20.1:5000
  npm run aio -- down
`

interface Words {
  readonly verb: 'up' | 'down' | 'help'
  readonly settings: AioSettings
  readonly verbose: boolean
  readonly keepImages: boolean
}

const knownOptions = ['images', 'registry', 'network', 'labDir', 'folder', 'keepImages', 'verbose', 'help']

async function readWords(argv: readonly string[]): Promise<Words> {
  const program = cac('aio')
  program.command('[verb]', '')
  const parsed = program.parse(['node', 'aio', ...argv], { run: false })
  const options = parsed.options as Readonly<Record<string, unknown>>
  const [verb = 'up', ...more] = parsed.args
  const unknown = Object.keys(options).find((name) => name !== '--' && !knownOptions.includes(name))
  const hint = 'npm run aio -- --help'
  if (unknown !== undefined) throw new UsageError(unknownWord('option', unknown, knownOptions), { hint })
  if (!['up', 'down', 'help'].includes(verb) || more.length > 0) {
    throw new UsageError(unknownWord('verb', [verb, ...more].join(' '), ['up', 'down']), { hint })
  }
  const images = text(options['images'])
  if (images !== undefined && images !== 'local' && images !== 'registry') {
    throw new UsageError(`--images must be local or registry, got "${images}"`, { hint })
  }
  const registry = text(options['registry'])
  const helping = options['help'] === true || verb === 'help'
  const given = {
    images: helping ? images : await chooseImages({ asked: images, registry }),
    network: text(options['network']),
    labDir: text(options['labDir']),
    folder: text(options['folder']),
    registry,
  }
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return {
    verb: helping ? 'help' : (verb as Words['verb']),
    settings: aioSettings(named),
    verbose: options['verbose'] === true,
    keepImages: options['keepImages'] === true,
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

async function openScreen(stdout: OutputStream, verbose: boolean): Promise<Reporter> {
  const options = {
    paint: paintOf(wantsColors(stdout.isTerminal, process.env)),
    verbose,
    output: false,
    clock: systemClock,
  }
  if (!stdout.isTerminal) return new LineReporter({ ...options, write: (line) => stdout.write(line) })
  const { TreeReporter } = await import('../../src/reporter/tree-reporter.ts')
  return new TreeReporter({ ...options, terminal: stdout.stream })
}

async function up({ settings, verbose }: Words, stdout: OutputStream, signal: AbortSignal): Promise<void> {
  const startedAt = systemClock.now()
  const journal = new RunJournal({
    folder: join(settings.projectDir, '.kmesos/runs'),
    verb: 'aio',
    startedAt,
  })
  const reporter = fanOut([journal, await openScreen(stdout, verbose)], (line) => line)
  reporter.report({ kind: 'run-started', verb: 'aio', at: startedAt, check: false })
  try {
    const done = await runSteps({ settings, reporter, signal })
    await reporter.close()
    stdout.write(
      formatEnd(done, { settings, logFile: journal.logFile, totalMs: systemClock.now() - startedAt }),
    )
  } catch (error) {
    await reporter.close()
    throw Object.assign(error as Error, { logFile: journal.logFile })
  }
}

async function main(): Promise<number> {
  const stdout = new OutputStream(process.stdout)
  const stderr = new OutputStream(process.stderr)
  try {
    const words = await readWords(process.argv.slice(2))
    if (words.verb === 'help') stdout.write(help)
    else if (words.verb === 'down') {
      await takeDown(words.settings, {
        keepImages: words.keepImages,
        say: (line) => stdout.write(`${line}\n`),
      })
    } else {
      await up(
        words,
        stdout,
        watchSignals(process, (line) => stderr.write(line)),
      )
    }
    return exitCodes.ok
  } catch (error) {
    const { logFile } = error as { readonly logFile?: string }
    const paint = paintOf(wantsColors(stderr.isTerminal, process.env))
    stderr.write(
      `${formatError(error, { paint, verbose: process.argv.includes('--verbose'), logFile }).join('\n')}\n`,
    )
    return exitCodeOf(error)
  }
}

process.exit(await main())
