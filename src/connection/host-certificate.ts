import { BlobReader, blobString } from './ssh-blob.ts'
import { matchesGlob } from './ssh-patterns.ts'
import { verifySignature } from './ssh-signature.ts'

/** A host's certificate (OpenSSH's PROTOCOL.certkeys), read but not yet believed. */
export interface HostCertificate {
  /** The key that the host signs with, as a plain key's blob. */
  readonly plainKey: Buffer
  readonly isForHosts: boolean
  readonly keyId: string
  readonly principals: readonly string[]
  /** Seconds since 1970. */
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly hasCriticalOptions: boolean
  /** The authority's public key as a blob. */
  readonly authority: Buffer
  readonly signature: Buffer
  /** What the authority signed. */
  readonly signed: Buffer
}

const suffix = '-cert-v01@openssh.com'

/** Fields of the key itself, after the nonce. */
const keyFields: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
}

/** Kinds of certificates that can be asked for. With RSA the library refuses the answer before it can be looked at. */
export const certificateTypes: readonly string[] = Object.keys(keyFields).map((type) => `${type}${suffix}`)

export function isCertificateType(type: string): boolean {
  return type.endsWith(suffix)
}

/** `ssh-ed25519` of `ssh-ed25519-cert-v01@openssh.com`. */
export function plainType(type: string): string {
  return isCertificateType(type) ? type.slice(0, -suffix.length) : type
}

/** Undefined for what is no whole certificate. */
export function parseHostCertificate(blob: Buffer): HostCertificate | undefined {
  const reader = new BlobReader(blob)
  const type = plainType(reader.text() ?? '')
  const count = keyFields[type]
  if (count === undefined || reader.string() === undefined) return undefined
  const fields = Array.from({ length: count }, () => reader.string())
  reader.uint64()
  const kind = reader.uint32()
  const keyId = reader.text()
  const principals = listOf(reader.string())
  const [validAfter, validBefore] = [reader.uint64(), reader.uint64()]
  const [critical, ,] = [reader.string(), reader.string(), reader.string()]
  const authority = reader.string()
  const signed = blob.subarray(0, reader.position)
  const signature = reader.string()
  if (fields.some((field) => field === undefined) || validAfter === undefined || validBefore === undefined)
    return undefined
  if (!keyId || !principals || !critical || !authority || !signature || !reader.isAtEnd) return undefined
  const plainKey = Buffer.concat([blobString(type), ...fields.map((field) => blobString(field ?? ''))])
  const rest = { validAfter, validBefore, authority, signature, signed }
  return {
    plainKey,
    isForHosts: kind === 2,
    keyId,
    principals,
    hasCriticalOptions: critical.length > 0,
    ...rest,
  }
}

function listOf(bytes: Buffer | undefined): readonly string[] | undefined {
  if (!bytes) return undefined
  const reader = new BlobReader(bytes)
  const found: string[] = []
  while (!reader.isAtEnd) {
    const text = reader.text()
    if (text === undefined) return undefined
    found.push(text)
  }
  return found
}

/** Why a certificate does not vouch for a host; undefined when it does. The authority must be known already. */
export function certificateFault(
  certificate: HostCertificate,
  principal: string,
  nowMs: number,
): string | undefined {
  const now = BigInt(Math.floor(nowMs / 1000))
  const { principals } = certificate
  if (!certificate.isForHosts) return 'is one for users, not for hosts'
  if (certificate.hasCriticalOptions) return 'has critical options that are not known'
  if (now < certificate.validAfter) return `is not valid before ${dayOf(certificate.validAfter)}`
  if (now >= certificate.validBefore) return `has expired on ${dayOf(certificate.validBefore)}`
  if (principals.length > 0 && !principals.some((pattern) => matchesGlob(principal, pattern.toLowerCase())))
    return `is for ${principals.join(', ')}, not for ${principal}`
  if (!verifySignature(certificate.authority, certificate.signed, certificate.signature))
    return 'is not signed by the authority that it names'
  return undefined
}

function dayOf(seconds: bigint): string {
  const ms = Number(seconds) * 1000
  return ms > 8.64e15 ? 'the end of days' : new Date(ms).toISOString()
}
