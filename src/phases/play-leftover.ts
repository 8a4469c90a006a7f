import type { ExecResult } from '../connection/types.ts'
import { CommandError, TimeoutError } from '../kernel/errors.ts'
import type { Leftover } from '../plan/program-reader.ts'

/** Which program of an earlier run keeps this one from beginning, and the way out. */
export function leftoverNote(host: string, leftover: Leftover): string {
  return `${host} is still at work on ${nameOf(leftover)}: waiting for its end, a minute at most; ${wayOut(leftover)}`
}

/** In the place of a time limit that ran out while a leftover was waited for. */
export function lateLeftover(host: string, leftover: Leftover, cause: TimeoutError): TimeoutError {
  return new TimeoutError(
    `${host} is still at work on ${nameOf(leftover)}, and the time limit for one command ran out`,
    {
      cause,
      hint: `${wayOut(leftover)}; or wait until it has ended, or raise --command-timeout`,
    },
  )
}

function nameOf({ pid, task }: Leftover): string {
  return `${task === '' ? 'a program' : `task "${task}"`} of an earlier run (pid ${pid})`
}

/** Its group: the command that it runs would go on without it. */
function wayOut({ group }: Leftover): string {
  return `if nobody needs it, end it there with "kill -KILL -${group}"`
}

/** The shell ended, and the program's last line did not come. */
export function endedEarly(host: string, result: ExecResult): CommandError {
  const last = result.stderr.trim().split('\n').slice(-5).join('\n')
  const how =
    result.exitCode === null
      ? `was ended by ${result.signal ?? 'a signal'}`
      : `ended with exit code ${result.exitCode}`
  return new CommandError(`the shell on ${host} ${how} before its work was done`, {
    detail: last === '' ? undefined : last,
    hint: 'look at the login shell and its rc files (.bashrc, .zshenv, .cshrc, config.fish: an exit there ends each command), and that /tmp has room',
  })
}
