import type { Connection, Transport } from '../connection/types.ts'
import type { Host } from '../inventory/types.ts'
import { UnreachableError } from '../kernel/errors.ts'

/**
 * One connection per host for a whole run, however many phases ask for one: closing it gives it back, the transport's end
 * closes it. A connection that was lost is forgotten, so that the next phase dials again.
 */
export function shareConnections(transport: Transport): Transport {
  const open = new Map<string, Promise<Connection>>()
  const connect = async (host: Host, signal?: AbortSignal): Promise<Connection> => {
    const known = open.get(host.name)
    if (known) return known
    const opening = transport.connect(host, signal)
    const shared = opening.then((connection) => sharedConnection(connection, () => open.delete(host.name)))
    open.set(host.name, shared)
    shared.catch(() => open.delete(host.name))
    return shared
  }
  return { connect, close: () => transport.close() }
}

function sharedConnection(connection: Connection, forget: () => void): Connection {
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      if (error instanceof UnreachableError) forget()
      throw error
    }
  }
  return {
    host: connection.host,
    exec: (argv, options) => watched(connection.exec(argv, options)),
    upload: (source, destination, options) => watched(connection.upload(source, destination, options)),
    download: (path, options) => watched(connection.download(path, options)),
    close: () => Promise.resolve(),
  }
}
