import type { Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { UnreachableError, messageOf } from '../kernel/errors.ts'

/** A channel through a jump host to an address behind it. */
export function forwardThrough(
  client: Client,
  to: { readonly jump: string; readonly address: string; readonly port: number },
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void =>
      reject(
        new UnreachableError(
          `jump host ${to.jump} cannot reach ${to.address}:${to.port}: ${messageOf(error)}`,
          {
            cause: error,
            hint: 'check that the jump host resolves and reaches that address, and allows AllowTcpForwarding',
          },
        ),
      )
    try {
      client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, stream) =>
        error ? fail(error) : resolve(stream),
      )
    } catch {
      // The jump host's connection went away: the next try opens it again.
      reject(Object.assign(new Error(`lost the connection to jump host ${to.jump}`), { code: 'ECONNRESET' }))
    }
  })
}
