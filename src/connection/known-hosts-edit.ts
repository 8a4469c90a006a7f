import { fingerprintOf, keyTypeOf, linesFor, parseKnownHosts, type KnownHostLine } from './known-hosts.ts'

/** One key as people compare it. */
export interface KeyState {
  readonly type: string
  readonly fingerprint: string
  readonly blob: Buffer
  /** new: nothing is known of this type; differs: another one is known, at `where`. */
  readonly state: 'known' | 'new' | 'differs' | 'revoked'
  readonly where?: string
}

/** What is known of each key that a host shows. */
export function compareKeys(lines: readonly KnownHostLine[], keys: readonly Buffer[]): readonly KeyState[] {
  return keys.map((blob) => {
    const about = { type: keyTypeOf(blob), fingerprint: fingerprintOf(blob), blob }
    const key = blob.toString('base64')
    const same = lines.filter((line) => line.key === key)
    const revoked = same.find((line) => line.marker === 'revoked')
    if (revoked) return { ...about, state: 'revoked', where: revoked.where }
    const known = same.find((line) => line.marker === 'none')
    if (known) return { ...about, state: 'known', where: known.where }
    const other = lines.find((line) => line.marker === 'none' && line.keyType === about.type)
    return other ? { ...about, state: 'differs', where: other.where } : { ...about, state: 'new' }
  })
}

/**
 * The text of a file without a host: its lines go, a line that names others too loses that name alone. Patterns and the lines of
 * authorities and revoked keys stay: they speak of more than one host. `only`: no other types of keys.
 */
export function withoutHost(
  text: string,
  name: string,
  only?: readonly string[],
): { readonly text: string; readonly removed: number } {
  let removed = 0
  const kept = text.split('\n').flatMap((raw) => {
    const [line] = parseKnownHosts(raw, 'line')
    if (!line || line.marker !== 'none' || linesFor([line], name).length === 0) return [raw]
    if (only && !only.includes(line.keyType)) return [raw]
    const names = line.patterns ?? []
    const rest = names.filter((pattern) => pattern.toLowerCase() !== name)
    if (line.patterns && rest.length === names.length) return [raw]
    removed++
    return rest.some((pattern) => !pattern.startsWith('!'))
      ? [raw.replace(names.join(','), rest.join(','))]
      : []
  })
  return { text: removed === 0 ? text : kept.join('\n'), removed }
}

/** The text with lines behind it, each on its own. */
export function withLines(text: string, lines: readonly string[]): string {
  const begin = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return begin + lines.join('')
}
