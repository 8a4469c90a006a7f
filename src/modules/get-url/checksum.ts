const lengths: Readonly<Record<string, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
}

export interface Checksum {
  readonly algorithm: string
  /** Hex digits, when they are in the parameter itself. */
  readonly hex?: string
  /** URL of a list of checksums. */
  readonly from?: string
}

/** `sha256:HEX` or `sha256:URL`; undefined when there is none. What it cannot read has neither hex nor URL. */
export function readChecksum(text: string): Checksum | undefined {
  if (text.trim() === '') return undefined
  const [, algorithm = '', rest = ''] = /^(\w+):(.*)$/s.exec(text.trim()) ?? []
  const value = rest.trim()
  if (/^[a-z]+:\/\//i.test(value)) return { algorithm, from: value }
  const hex = value.toLowerCase()
  return /^[0-9a-f]+$/.test(hex) && hex.length === lengths[algorithm] ? { algorithm, hex } : { algorithm }
}

export function isKnown(checksum: Checksum): boolean {
  return checksum.algorithm in lengths && (checksum.hex !== undefined || checksum.from !== undefined)
}

/** The checksum of a file in a list as `sha256sum` makes it, or in one that holds nothing else. */
export function checksumIn(list: string, name: string, algorithm: string): string | undefined {
  const hex = new RegExp(`^[0-9a-fA-F]{${lengths[algorithm] ?? 0}}$`)
  const rows = list
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([sum]) => hex.test(sum ?? ''))
  const named = rows.find(([, file]) => file?.replace(/^\*?(\.\/)?/, '') === name)
  const alone = rows.length === 1 && rows[0]?.length === 1 ? rows[0] : undefined
  return (named ?? alone)?.[0]?.toLowerCase()
}
