import { quoteArgv, quoteWord, type Argv } from '../kernel/shell.ts'
import { InternalError } from '../kernel/errors.ts'
import type { Become } from './types.ts'

/** What is sent to a host to run one command: the words for its shell, and what goes first into standard input. */
export interface RemoteCommand {
  readonly argv: Argv
  /** Fed before the caller's own standard input: variables of the environment. */
  readonly preamble: string
  /** Written to standard error, with the process's id, just before the command begins; undefined when nobody asked. */
  readonly marker?: string
  /** What a password is asked with; undefined where none is expected. */
  readonly prompt?: string
}

export interface CommandOptions {
  readonly become?: Become | undefined
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Whether the command may have to be ended: then its process's id must be known. */
  readonly tracked?: boolean | undefined
  /** Unlikely to be printed by anybody else. */
  readonly token: string
}

/**
 * Values of the environment go through standard input, since everybody on the host may read argv: a small loop reads
 * export lines up to the token, then the command takes over. POSIX `read` takes no byte more than its line.
 */
const environmentLoop = [
  'e=""',
  'while IFS= read -r l && [ "$l" != "$0" ]; do e="$e$l\n"; done',
  'eval "$e"',
  'unset e l',
  'exec "$@"',
]
  .join('; ')
  .replace('\\n', '\n')

export function buildCommand(argv: Argv, options: CommandOptions): RemoteCommand {
  const environment = Object.entries(options.environment ?? {})
  const end = `end-${options.token}`
  const inner = environment.length === 0 ? argv : ['sh', '-c', environmentLoop, end, ...argv]
  const preamble = environment.length === 0 ? '' : `${environment.map(exportLine).join('')}${end}\n`
  if (!options.become && options.tracked !== true) return { argv: inner, preamble }
  const marker = `began-${options.token}`
  if (!options.become) return { argv: markedArgv(inner, marker), marker, preamble }
  return { ...becomeCommand(inner, options.become, options.token), preamble }
}

function exportLine([name, value]: readonly [string, string]): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new InternalError(`"${name}" cannot be a name in the environment`)
  return `export ${name}=${quoteWord(value)}\n`
}

function becomeCommand(argv: Argv, become: Become, token: string): Omit<RemoteCommand, 'preamble'> {
  const marker = `began-${token}`
  const marked = markedArgv(argv, marker)
  const prompt = `password-${token}:`
  switch (become.method) {
    case 'sudo':
      return become.password
        ? { argv: ['sudo', '-S', '-p', prompt, '-H', '-u', become.user, '--', ...marked], marker, prompt }
        : { argv: ['sudo', '-n', '-H', '-u', become.user, '--', ...marked], marker }
    case 'su':
      // su asks in its own language, so any text that ends in a colon before the marker is the question.
      return {
        argv: ['su', '-', become.user, '-c', quoteArgv(marked)],
        marker,
        ...(become.password ? { prompt: ':' } : {}),
      }
    case 'doas':
      return { argv: ['doas', '-n', '-u', become.user, '--', ...marked], marker }
  }
}

/** The marker tells where the messages of sudo end and the command begins. */
function markedArgv(argv: Argv, marker: string): Argv {
  return ['sh', '-c', 'echo "$0 $$" >&2; exec "$@"', marker, ...argv]
}
