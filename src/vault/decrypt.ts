import { createDecipheriv, createHmac, pbkdf2, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '../kernel/secret.ts'
import type { VaultEnvelope } from './envelope.ts'

/** Ansible's numbers: PBKDF2 with 10,000 rounds gives the cipher's key, the HMAC's key and the counter. */
const rounds = 10_000
const keyLength = 32
const counterLength = 16
const derivedLength = 2 * keyLength + counterLength
const blockLength = 16

/** The text behind an envelope; undefined when this is not its password. */
export function decrypt(envelope: VaultEnvelope, password: Secret): string | undefined {
  return openWith(envelope, pbkdf2Sync(password.reveal(), envelope.salt, rounds, derivedLength, 'sha256'))
}

const derive = promisify(pbkdf2)

/** The same without holding up the process: keys of many envelopes are derived beside each other. */
export async function decryptAside(envelope: VaultEnvelope, password: Secret): Promise<string | undefined> {
  return openWith(envelope, await derive(password.reveal(), envelope.salt, rounds, derivedLength, 'sha256'))
}

function openWith({ ciphertext, hmac }: VaultEnvelope, derived: Buffer): string | undefined {
  const hmacKey = derived.subarray(keyLength, 2 * keyLength)
  const expected = createHmac('sha256', hmacKey).update(ciphertext).digest()
  if (!timingSafeEqual(expected, hmac)) return undefined
  const decipher = createDecipheriv(
    'aes-256-ctr',
    derived.subarray(0, keyLength),
    derived.subarray(2 * keyLength),
  )
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()])
  const padding = padded.at(-1) ?? 0
  const end = padding > 0 && padding <= blockLength ? padded.length - padding : padded.length
  return padded.subarray(0, Math.max(0, end)).toString('utf8')
}
