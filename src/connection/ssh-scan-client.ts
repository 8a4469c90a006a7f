import ssh2, { type Algorithms } from 'ssh2'
import { tcpSocket, type DialRequest } from './ssh-dial-client.ts'

/** A server shows one key for each exchange, so that every kind is asked for by itself. */
export const scannedTypes: readonly (readonly string[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
]

/** The key of one of these types that a server shows; undefined when it has none. It is left before any log-in. */
export function shownKey(request: DialRequest, types: readonly string[]): Promise<Buffer | undefined> {
  const { record, options, signal } = request
  record.stage = request.socket ? 'hello' : 'dial'
  record.limitMs = request.connectTimeoutMs
  const client = new ssh2.Client()
  return new Promise<Buffer | undefined>((resolve, reject) => {
    let shown: Buffer | undefined
    const abort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal?.addEventListener('abort', abort, { once: true })
    client.on('error', (error) => {
      if (shown) resolve(shown)
      else if (/no matching host key format/i.test(error.message)) resolve(undefined)
      else reject(error)
    })
    client.once('close', () => reject(new Error('Connection lost before handshake')))
    client.connect({
      username: options.user,
      readyTimeout: request.connectTimeoutMs,
      algorithms: { serverHostKey: types } as Algorithms,
      sock: request.socket ?? tcpSocket(options, () => (record.stage = 'hello')),
      hostVerifier: (key: Buffer) => {
        shown = key
        resolve(key)
        return false
      },
    })
  }).finally(() => client.destroy())
}
