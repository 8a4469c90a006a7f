import { TimeoutError } from '../kernel/errors.ts'
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
