import { parseReport, reportScript } from '../bootstrap/report-script.ts'
import type { HostQuestions, HostReport } from '../bootstrap/types.ts'
import { BecomeError } from '../connection/become.ts'
import type { Become, Connection, ExecResult, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import type { Clock } from '../kernel/clock.ts'
import { addressOf } from '../services/site.ts'
import { rightsOn } from './host-rights.ts'

export interface AskDoors {
  readonly transport: Transport
  readonly clock: Clock
  readonly questions?: HostQuestions
}

/** A host that does not answer its questions in this time is as good as dead. */
const reportTimeoutMs = 60_000

/** A host's facts and what else a check wants to know, asked with root's rights where they are to be had. */
export async function askHost(
  host: Host,
  { transport, clock, questions }: AskDoors,
  signal: AbortSignal,
): Promise<HostReport> {
  const connection = await transport.connect(host, signal)
  try {
    const ask = (become?: Become): Promise<ExecResult> => askOver(connection, { questions, signal, become })
    const { answer, refused } = await withRights(rightsOn(host), ask)
    const about = { host: host.name, address: addressOf(host) }
    return parseReport(
      answer.stdout,
      refused ? { ...about, rightsRefused: refusalOf(refused) } : about,
      clock.now(),
    )
  } finally {
    await connection.close()
  }
}

interface Asking {
  readonly questions: HostQuestions | undefined
  readonly signal: AbortSignal
  readonly become: Become | undefined
}

function askOver(connection: Connection, { questions, signal, become }: Asking): Promise<ExecResult> {
  const stdin = reportScript(questions)
  const options = { stdin, signal, timeoutMs: reportTimeoutMs, ...(become ? { become } : {}) }
  return connection.exec(['sh', '-s'], options)
}

/** Where the rights are refused, the host is asked without them: its other faults are told in the same run. */
async function withRights(
  become: Become,
  ask: (become?: Become) => Promise<ExecResult>,
): Promise<{ readonly answer: ExecResult; readonly refused?: BecomeError }> {
  try {
    return { answer: await ask(become) }
  } catch (error) {
    if (!(error instanceof BecomeError)) throw error
    return { answer: await ask(), refused: error }
  }
}

function refusalOf(error: BecomeError): string {
  const reason = error.message.replace(/ on \S+(?=: )/, '')
  return error.hint === undefined ? reason : `${reason}: ${error.hint}`
}
