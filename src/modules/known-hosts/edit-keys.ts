import { createHash } from 'node:crypto'
import {
  formatKnownHost,
  keyTypeOf,
  linesFor,
  parseKnownHosts,
  type KnownHostLine,
} from '../../connection/known-hosts.ts'

export interface KeyEdit {
  /** As ssh looks for it: `name` or `[name]:port`, in lower case. */
  readonly host: string
  readonly state: 'present' | 'absent'
  /** A line of known_hosts: names, type, key. */
  readonly key?: string
  readonly hashes: boolean
}

/** What stands in a file after an edit, as Ansible makes it; a fault where the key does not fit. */
export function editKnownHosts(
  text: string,
  edit: KeyEdit,
): { readonly text: string } | { readonly fault: string } {
  const lines = linesFor(parseKnownHosts(text, 'line'), edit.host).filter((line) => line.marker === 'none')
  if (edit.key === undefined) return { text: withoutLines(text, lines) }
  const [key] = parseKnownHosts(edit.key.trim(), 'line')
  if (!key) return { fault: 'the key is not a line of known_hosts: name, type, key in base64' }
  if (keyTypeOf(Buffer.from(key.key, 'base64')) !== key.keyType)
    return { fault: `the key is not one of the type ${key.keyType} that stands before it` }
  if (linesFor([key], edit.host).length === 0) return { fault: `the key's line does not name ${edit.host}` }
  const sameType = lines.find((line) => line.keyType === key.keyType)
  if (edit.state === 'absent') return { text: withoutLines(text, sameType ? [sameType] : []) }
  if (sameType && isSame(sameType, key, edit)) return { text }
  const kept = withoutLines(text, sameType ? [sameType] : [])
  const begin = kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`
  return { text: begin + newLine(edit, key) }
}

/** Any hash of the name is as good as another: the salt of one that is there is kept. */
function isSame(there: KnownHostLine, key: KnownHostLine, { hashes }: KeyEdit): boolean {
  if (there.key !== key.key) return false
  const wantsHash = hashes || key.hash !== undefined
  if (wantsHash || there.hash !== undefined) return wantsHash && there.hash !== undefined
  return there.patterns?.join(',') === key.patterns?.join(',')
}

function newLine({ host, key = '', hashes }: KeyEdit, { key: base64 }: KnownHostLine): string {
  if (!hashes) return `${key.trim()}\n`
  const blob = Buffer.from(base64, 'base64')
  // A plan has no chance in it. A salt only makes tables of many files' names worthless; it stands beside the hash.
  const salt = createHash('sha1').update(host).update(blob).digest()
  return formatKnownHost(host, blob, salt)
}

function withoutLines(text: string, lines: readonly KnownHostLine[]): string {
  const numbers = new Set(lines.map(({ where }) => Number(where.slice(where.lastIndexOf(':') + 1))))
  return text
    .split('\n')
    .filter((_line, index) => !numbers.has(index + 1))
    .join('\n')
}
