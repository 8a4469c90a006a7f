import type { HostKeyMode } from '../inventory/connection-vars.ts'
import { UnreachableError } from '../kernel/errors.ts'
import { isCertificateType, parseHostCertificate } from './host-certificate.ts'
import { quoteArgv } from '../kernel/shell.ts'
import {
  fingerprintOf,
  judgeHostKey,
  keyTypeOf,
  type HostKeyVerdict,
  type KnownHostLine,
} from './known-hosts.ts'

/** What is checked, and with which words a refusal speaks. */
export interface HostKeyCheck {
  /** For messages: the inventory's name. */
  readonly host: string
  /** As in known_hosts: `name` or `[name]:port`. */
  readonly name: string
  /** The name that a certificate must hold. */
  readonly principal: string
  readonly mode: HostKeyMode
  readonly lines: readonly KnownHostLine[]
  /** The user's own file: where new keys go. */
  readonly file: string
}

export type HostKeyDecision =
  /** `key`: what is to be remembered; of a certificate the plain key inside of it. */
  | { readonly accept: true; readonly remember: boolean; readonly key: Buffer }
  | { readonly accept: false; readonly error: UnreachableError }

/** Decides on the key that a server shows. A key that differs from the known one is refused in every mode but `off`. */
export function decideHostKey(check: HostKeyCheck, blob: Buffer, nowMs: number): HostKeyDecision {
  const verdict = judgeHostKey(check.lines, blob, { principal: check.principal, nowMs })
  if (verdict.kind === 'revoked') return refuse(check, blob, verdict)
  if (check.mode === 'off' || verdict.kind === 'known') return { accept: true, remember: false, key: blob }
  if (verdict.kind === 'unknown' && check.mode === 'accept-new') {
    const key = isCertificateType(keyTypeOf(blob)) ? (parseHostCertificate(blob)?.plainKey ?? blob) : blob
    return { accept: true, remember: true, key }
  }
  return refuse(check, blob, verdict)
}

function refuse(check: HostKeyCheck, blob: Buffer, verdict: HostKeyVerdict): HostKeyDecision {
  const shown = `${keyTypeOf(blob)} ${fingerprintOf(blob)}`
  return {
    accept: false,
    error: new UnreachableError(refusalOf(check, shown, verdict), { hint: hintFor(check, verdict) }),
  }
}

function refusalOf(check: HostKeyCheck, shown: string, verdict: HostKeyVerdict): string {
  switch (verdict.kind) {
    case 'mismatch':
      return `the host key of ${check.host} (${check.name}) has changed: it shows ${shown}, but ${verdict.where} knows ${verdict.known}`
    case 'revoked':
      return `the host key of ${check.host} (${check.name}), ${shown}, is revoked at ${verdict.where}`
    case 'bad-certificate':
      return `the certificate of ${check.host} (${check.name}), signed by the authority at ${verdict.where}, ${verdict.fault}`
    default:
      return `the host key of ${check.host} (${check.name}) is not known: it shows ${shown}, and unknown keys are refused`
  }
}

function hintFor(check: HostKeyCheck, verdict: HostKeyVerdict): string {
  const file = verdict.kind === 'mismatch' ? verdict.where.replace(/:\d+$/, '') : check.file
  switch (verdict.kind) {
    case 'mismatch':
      return `if the machine was set up anew, forget its old key: ${quoteArgv(['kmesos', 'hostkeys', 'forget', check.host])} -i INVENTORY, or ${quoteArgv(['ssh-keygen', '-f', file, '-R', check.name])}; if not, somebody may be in between`
    case 'revoked':
      return 'give the machine a new host key'
    case 'bad-certificate':
      return 'give the machine a new certificate: ssh-keygen -s AUTHORITY -h -I ID -n NAME HOST_KEY.pub'
    default:
      return `add its key to ${check.file} after comparing the fingerprint, or allow new keys with ansible_host_key_checking=accept-new`
  }
}
