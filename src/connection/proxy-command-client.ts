import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { UnreachableError } from '../kernel/errors.ts'

/** Runs a ProxyCommand of the user's own configuration; its standard input and output are the way to the host. */
export function openProxyCommand(command: string, host: string): Duplex {
  const child = spawn('sh', ['-c', `exec ${command}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const socket = Duplex.from({ readable: child.stdout, writable: child.stdin })
  child.once('error', (cause) =>
    socket.destroy(new UnreachableError(`cannot run the ProxyCommand for ${host}`, { cause })),
  )
  socket.once('close', () => child.kill())
  return socket
}
