import type { Client, ClientChannel } from 'ssh2'
import { UnreachableError, messageOf } from '../kernel/errors.ts'
import { quoteForLoginShell, type Argv } from '../kernel/shell.ts'
import { ChannelLimiter } from './channel-limiter.ts'
import { killProgram, processConnection, type ProcessConnectionOptions } from './process-connection.ts'
import type { ProcessEnd, ProcessPort } from './run-process.ts'
import type { Connection } from './types.ts'

export interface SshPeer {
  readonly host: string
  readonly user: string
}

/** A Connection over one logged-in ssh2 client: every command is a channel of it. */
export function sshConnection(client: Client, peer: SshPeer, options: ProcessConnectionOptions): Connection {
  const channels = new ChannelLimiter(options.clock)
  let closed = false
  client.on('close', () => (closed = true))
  const withProcess = <R>(argv: Argv, work: (process: ProcessPort) => Promise<R>): Promise<R> =>
    channels.run(
      () => openChannel(client, quoteForLoginShell(argv), peer.host),
      (opened) => work(processOf(opened, client)),
      isSessionRefusal,
    )
  const close = (): Promise<void> => {
    if (closed) return Promise.resolve()
    return new Promise((resolve) => {
      client.once('close', () => resolve())
      client.end()
    })
  }
  return processConnection({ host: peer.host, user: peer.user, canBeLost: true, withProcess, close }, options)
}

class SessionRefused extends UnreachableError {}

function isSessionRefusal(error: unknown): boolean {
  return error instanceof SessionRefused
}

interface OpenedChannel {
  readonly channel: ClientChannel
  readonly ended: Promise<ProcessEnd>
}

function openChannel(client: Client, command: string, host: string): Promise<OpenedChannel> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      if (/Channel open failure/.test(messageOf(error))) {
        const hint = 'raise MaxSessions in its sshd_config'
        reject(
          new SessionRefused(`${host} refuses to open a session: ${messageOf(error)}`, {
            cause: error,
            hint,
          }),
        )
      } else {
        reject(
          new UnreachableError(`lost the connection to ${host}: ${messageOf(error)}`, {
            cause: error,
            hint: 'run the same again',
          }),
        )
      }
    }
    try {
      // A quick command's end may be in the same packet as the channel's opening: it must be listened for at once.
      client.exec(command, (error, channel) =>
        error ? fail(error) : resolve({ channel, ended: endOf(channel) }),
      )
    } catch (error) {
      fail(error)
    }
  })
}

function endOf(channel: ClientChannel): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    let end: ProcessEnd | undefined
    channel.on('exit', (code: number | null, signal?: string) => {
      end = { exitCode: code, ...(signal === undefined ? {} : { signal }), lost: false }
    })
    channel.on('close', () => resolve(end ?? { exitCode: null, lost: true }))
  })
}

function processOf({ channel, ended }: OpenedChannel, client: Client): ProcessPort {
  return {
    stdin: channel,
    stdout: channel,
    stderr: channel.stderr,
    ended,
    kill: (pid) => killRemote(channel, client, pid),
  }
}

/**
 * Closing a channel leaves a command running that prints nothing. OpenSSH passes signals on to the process group, but not
 * for root; so the process is ended by its id too, on a channel of its own, which needs no answer.
 */
function killRemote(channel: ClientChannel, client: Client, pid: string | undefined): void {
  try {
    channel.signal('KILL')
    // The id came from the host: only a number may go into a command.
    if (pid !== undefined && /^[1-9][0-9]*$/.test(pid)) {
      const argv: Argv = ['sh', '-c', killProgram, pid]
      client.exec(quoteForLoginShell(argv), (_error, killing) => void killing?.resume())
    }
    channel.close()
  } catch {
    // The channel is closed already.
  }
}
