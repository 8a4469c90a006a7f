import { createHash, createHmac } from 'node:crypto'
import {
  certificateFault,
  certificateTypes,
  isCertificateType,
  parseHostCertificate,
  type HostCertificate,
} from './host-certificate.ts'
import { matchesHostList } from './ssh-patterns.ts'

/** One line of a known_hosts file that holds a key. */
export interface KnownHostLine {
  readonly where: string
  readonly marker: 'none' | 'cert-authority' | 'revoked'
  /** Patterns, or undefined when the name is hashed. */
  readonly patterns: readonly string[] | undefined
  readonly hash: { readonly salt: Buffer; readonly digest: string } | undefined
  readonly keyType: string
  /** Base64 of the key's blob. */
  readonly key: string
}

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** Another key of the same type stands there. */
  | { readonly kind: 'mismatch'; readonly where: string; readonly known: string }
  | { readonly kind: 'revoked'; readonly where: string }
  /** A known authority signed it, but it does not vouch for this host. */
  | { readonly kind: 'bad-certificate'; readonly where: string; readonly fault: string }

/** Lines that cannot be read are left out, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly KnownHostLine[] {
  return text.split('\n').flatMap((raw, index) => {
    const line = parseLine(raw.trim(), `${file}:${index + 1}`)
    return line ? [line] : []
  })
}

function parseLine(line: string, where: string): KnownHostLine | undefined {
  if (line === '' || line.startsWith('#')) return undefined
  const words = line.split(/\s+/)
  const marker = markerOf(words[0] ?? '')
  if (marker === undefined) return undefined
  const [names, keyType, key] = marker === 'none' ? words : words.slice(1)
  if (names === undefined || keyType === undefined || key === undefined) return undefined
  // Old RSA1 lines hold numbers where the type stands.
  if (!/^[a-z]/.test(keyType)) return undefined
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names)
  const hash = hashed ? { salt: Buffer.from(hashed[1] ?? '', 'base64'), digest: hashed[2] ?? '' } : undefined
  return { where, marker, patterns: hash ? undefined : names.split(','), hash, keyType, key }
}

function markerOf(word: string): KnownHostLine['marker'] | undefined {
  if (!word.startsWith('@')) return 'none'
  if (word === '@cert-authority') return 'cert-authority'
  return word === '@revoked' ? 'revoked' : undefined
}

/** The name under which a host's key is kept: `name`, or `[name]:port` for a port other than 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** The lines that speak of a host. */
export function linesFor(lines: readonly KnownHostLine[], name: string): readonly KnownHostLine[] {
  return lines.filter((line) =>
    line.patterns
      ? matchesName(name, line.patterns)
      : line.hash !== undefined && hashOf(name, line.hash.salt) === line.hash.digest,
  )
}

/** Most patterns are plain names, so the glob is asked only where there is one. */
function matchesName(name: string, patterns: readonly string[]): boolean {
  if (patterns.length === 1 && !/[*?!]/.test(patterns[0] ?? '')) return patterns[0]?.toLowerCase() === name
  return matchesHostList(name, patterns)
}

function hashOf(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64')
}

/** Whose name a certificate must hold, and when it must be valid. */
export interface CertificateUse {
  readonly principal: string
  readonly nowMs: number
}

/** What the known keys of a host say of the key or certificate that it showed. */
export function judgeHostKey(
  lines: readonly KnownHostLine[],
  blob: Buffer,
  use: CertificateUse,
): HostKeyVerdict {
  const certificate = isCertificateType(keyTypeOf(blob)) ? parseHostCertificate(blob) : undefined
  return certificate ? judgeCertificate(lines, certificate, use) : judgePlainKey(lines, blob)
}

function judgeCertificate(
  lines: readonly KnownHostLine[],
  certificate: HostCertificate,
  { principal, nowMs }: CertificateUse,
): HostKeyVerdict {
  const key = certificate.authority.toString('base64')
  const revoked = lines.find((line) => line.marker === 'revoked' && line.key === key)
  if (revoked) return { kind: 'revoked', where: revoked.where }
  const plain = judgePlainKey(lines, certificate.plainKey)
  const authority = lines.find((line) => line.marker === 'cert-authority' && line.key === key)
  // Of an unknown authority it is a key as any other.
  if (plain.kind === 'revoked' || !authority) return plain
  const fault = certificateFault(certificate, principal, nowMs)
  return fault === undefined ? { kind: 'known' } : { kind: 'bad-certificate', where: authority.where, fault }
}

function judgePlainKey(lines: readonly KnownHostLine[], blob: Buffer): HostKeyVerdict {
  const key = blob.toString('base64')
  const revoked = lines.find((line) => line.marker === 'revoked' && line.key === key)
  if (revoked) return { kind: 'revoked', where: revoked.where }
  const plain = lines.filter((line) => line.marker === 'none')
  if (plain.some((line) => line.key === key)) return { kind: 'known' }
  const type = keyTypeOf(blob)
  const other = plain.find((line) => line.keyType === type) ?? plain[0]
  if (!other) return { kind: 'unknown' }
  const known = `${other.keyType} ${fingerprintOf(Buffer.from(other.key, 'base64'))}`
  return { kind: 'mismatch', where: other.where, known }
}

/** The type that a key's blob says it is: a length of four bytes, then its name. */
export function keyTypeOf(blob: Buffer): string {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  return blob.subarray(4, 4 + Math.min(length, 64)).toString('latin1')
}

/** `SHA256:...` as ssh prints it. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

const rsaAlgorithms = ['rsa-sha2-512', 'rsa-sha2-256']

/** Signature algorithms to ask for, the types already known first, so that a host with several keys shows the one we can check. */
export function preferredHostKeys(
  lines: readonly KnownHostLine[],
  supported: readonly string[],
): readonly string[] {
  const types = new Set(lines.filter((line) => line.marker === 'none').map((line) => line.keyType))
  const known = [...types]
    .flatMap((type) => (type === 'ssh-rsa' ? rsaAlgorithms : [type]))
    .filter((name) => supported.includes(name))
  const certificates = lines.some((line) => line.marker === 'cert-authority') ? certificateTypes : []
  return [...certificates, ...known, ...supported.filter((name) => !known.includes(name))]
}

/** A new line for a file; hashed as `ssh-keygen -H` writes it where a salt is given. */
export function formatKnownHost(name: string, blob: Buffer, salt?: Buffer): string {
  const shown = salt ? `|1|${salt.toString('base64')}|${hashOf(name, salt)}` : name
  return `${shown} ${keyTypeOf(blob)} ${blob.toString('base64')}\n`
}
