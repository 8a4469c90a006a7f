import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import { BlobReader } from './ssh-blob.ts'

/** Hash by signature algorithm; SHA-1 (`ssh-rsa`) is not among them, as in OpenSSH. */
const hashes: Readonly<Record<string, string | null>> = {
  'ssh-ed25519': null,
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
}

const curves: Readonly<Record<string, { readonly name: string; readonly bytes: number }>> = {
  'ecdsa-sha2-nistp256': { name: 'P-256', bytes: 32 },
  'ecdsa-sha2-nistp384': { name: 'P-384', bytes: 48 },
  'ecdsa-sha2-nistp521': { name: 'P-521', bytes: 66 },
}

/** Whether a signature in SSH's encoding was made by the key of a blob. False for all that cannot be read. */
export function verifySignature(keyBlob: Buffer, signed: Buffer, signature: Buffer): boolean {
  const reader = new BlobReader(signature)
  const algorithm = reader.text() ?? ''
  const value = reader.string()
  const type = new BlobReader(keyBlob).text() ?? ''
  if (!value || !Object.hasOwn(hashes, algorithm)) return false
  if (algorithm !== type && !(type === 'ssh-rsa' && algorithm.startsWith('rsa-'))) return false
  try {
    const key = publicKey(keyBlob)
    const bytes = curves[algorithm] ? fixedLength(value, curves[algorithm].bytes) : value
    return verify(hashes[algorithm], signed, { key, dsaEncoding: 'ieee-p1363' }, bytes)
  } catch {
    return false
  }
}

function publicKey(blob: Buffer): KeyObject {
  return createPublicKey({ key: jwkOf(blob), format: 'jwk' })
}

function jwkOf(blob: Buffer): JsonWebKey {
  const reader = new BlobReader(blob)
  const type = reader.text() ?? ''
  const base64 = (bytes: Buffer | undefined): string => (bytes ?? Buffer.alloc(0)).toString('base64url')
  if (type === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: base64(reader.string()) }
  if (type === 'ssh-rsa') {
    const [e, n] = [reader.string(), reader.string()]
    return { kty: 'RSA', e: base64(e), n: base64(n) }
  }
  const curve = curves[type]
  reader.string()
  const point = reader.string()
  if (!curve || point?.length !== 1 + 2 * curve.bytes || point[0] !== 4) throw new Error('no such key')
  const x = base64(point.subarray(1, 1 + curve.bytes))
  return { kty: 'EC', crv: curve.name, x, y: base64(point.subarray(1 + curve.bytes)) }
}

/** Two numbers of SSH's encoding as the two halves that Node's verify takes. */
function fixedLength(value: Buffer, bytes: number): Buffer {
  const reader = new BlobReader(value)
  const halves = [reader.string(), reader.string()].map((number) => {
    const plain = (number ?? Buffer.alloc(0)).subarray(Math.max(0, (number?.length ?? 0) - bytes))
    return Buffer.concat([Buffer.alloc(bytes - plain.length), plain])
  })
  return Buffer.concat(halves)
}
