import { quoteArgv, quoteForLoginShell, quoteWord, type Argv } from '../kernel/shell.ts'
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
  return withBecome(inner, options.become, { token: options.token, preamble })
}

function exportLine([name, value]: readonly [string, string]): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new InternalError(`"${name}" cannot be a name in the environment`)
  return `export ${name}=${quoteWord(value)}\n`
}

function withBecome(
  argv: Argv,
  become: Become,
  { token, preamble }: { readonly token: string; readonly preamble: string },
): RemoteCommand {
  const marker = `began-${token}`
  const marked = markedArgv(argv, marker)
  const { user, password } = become
  const flags = become.flags ?? (become.method === 'sudo' ? ['-H'] : [])
  switch (become.method) {
    case 'sudo': {
      const prompt = `password-${token}:`
      const ask = password ? ['-S', '-p', prompt] : ['-n']
      const words = ['sudo', ...ask, ...flags, '-u', user, '--', ...marked]
      return { argv: words, marker, preamble, ...(password ? { prompt } : {}) }
    }
    case 'su': {
      // su asks in its own language, so any text that ends in a colon before the marker is the question.
      const words = ['su', ...flags, '-', user, '-c', quoteForLoginShell(marked)]
      return { argv: words, marker, preamble, ...(password ? { prompt: ':' } : {}) }
    }
    case 'doas': {
      if (!password) return { argv: ['doas', '-n', ...flags, '-u', user, '--', ...marked], marker, preamble }
      const command = quoteArgv(['doas', ...flags, '-u', user, '--', ...marked])
      const words = ['sh', '-c', doasOnTerminal, 'kmesos-doas', command]
      return { argv: words, marker, preamble: `${password.reveal()}\n${preamble}` }
    }
  }
}

/**
 * doas takes a password from a terminal alone. `script` gives it one to ask on, while the command keeps the channel's own streams
 * (3, 4, 5); the first line of standard input is the answer, given once the question stands there. $1: doas and its words.
 */
const doasOnTerminal = `IFS= read -r p
command -v doas >/dev/null || { echo "doas: not found" >&2; exit 127; }
command -v script >/dev/null || { echo "doas needs a terminal to ask for its password, and the program script is not found" >&2; exit 127; }
d=$(mktemp -d) && mkfifo -m 600 "$d/in" || exit 1
trap 'rm -rf -- "$d"' EXIT
exec 3<&0 4>&1 5>&2 6<>"$d/in"
{ SHELL=/bin/sh script -qec "exec $1 <&3 >&4 2>&5" /dev/null <&6; echo "$?" >"$d/code"; } |
  { dd bs=4096 count=1 >/dev/null 2>&1; printf '%s\n' "$p" >&6; cat >/dev/null; }
read -r c <"$d/code"; exit "$c"`

/** The marker tells where the messages of sudo end and the command begins. */
function markedArgv(argv: Argv, marker: string): Argv {
  return ['sh', '-c', 'echo "$0 $$" >&2; exec "$@"', marker, ...argv]
}
