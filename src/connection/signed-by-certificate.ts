import type { Client } from 'ssh2'
import { isCertificateType, parseHostCertificate, plainType } from './host-certificate.ts'
import { keyTypeOf } from './known-hosts.ts'

/** What ssh2 keeps of a key exchange in progress (1.17: lib/protocol/kex.js). */
interface KeyExchange {
  _hostKey: Buffer
  negotiated: { serverHostKey: string }
}

/**
 * ssh2 knows no certificates: it would look for the signature's key in the certificate's first field. The exchange's hash is made
 * over the whole certificate (read first), the signature is checked with the plain key inside of it (read after that), and
 * its algorithm is the plain key's. Should ssh2 ever read in another order, the signature does not fit and the host is
 * refused: no certificate passes unchecked.
 */
export function signAsPlainKey(client: Client, blob: Buffer): void {
  const type = keyTypeOf(blob)
  if (!isCertificateType(type)) return
  const certificate = parseHostCertificate(blob)
  const exchange = (client as unknown as { _protocol?: { _kex?: KeyExchange } })._protocol?._kex
  if (!certificate || !exchange) return
  exchange.negotiated.serverHostKey = plainType(type)
  let reads = 0
  Object.defineProperty(exchange, '_hostKey', {
    configurable: true,
    get: () => (reads++ === 0 ? blob : certificate.plainKey),
    // The next exchange begins with an empty one.
    set: (value: unknown) =>
      Object.defineProperty(exchange, '_hostKey', { configurable: true, writable: true, value }),
  })
}
