import { basename } from 'node:path'
import { pythonRegex } from '../python-regex.ts'

export interface FindParams {
  readonly paths: readonly unknown[]
  readonly patterns: readonly unknown[]
  readonly excludes: readonly unknown[]
  readonly use_regex: boolean
  readonly file_type: 'file' | 'directory' | 'link' | 'any'
  readonly recurse: boolean
  readonly depth?: number
  readonly hidden: boolean
  readonly follow: boolean
  readonly age?: string
  readonly age_stamp: 'atime' | 'ctime' | 'mtime'
  readonly size?: string
  readonly get_checksum: boolean
}

/** What a path must be to be found. `now`: seconds since 1970, by the host's clock. */
export function filterOf(
  params: FindParams,
  now: number,
): (stat: Readonly<Record<string, unknown>>) => boolean {
  const patterns = params.patterns.map((pattern) => matcherOf(String(pattern), params.use_regex))
  const excludes = params.excludes.map((pattern) => matcherOf(String(pattern), params.use_regex))
  const kind = { file: 'isreg', directory: 'isdir', link: 'islnk', any: undefined }[params.file_type]
  const age = params.age === undefined ? undefined : readSeconds(params.age)
  const size = params.size === undefined ? undefined : readSize(params.size)
  return (stat) => {
    const name = basename(String(stat['path']))
    if (!params.hidden && name.startsWith('.')) return false
    if (kind !== undefined && stat[kind] !== true) return false
    if (patterns.length > 0 && !patterns.some((matches) => matches(name))) return false
    if (excludes.some((matches) => matches(name))) return false
    return fits(now - Number(stat[params.age_stamp]), age) && fits(Number(stat['size']), size)
  }
}

/** Positive: at least so much; negative: at most. */
function fits(value: number, wanted: number | undefined): boolean {
  if (wanted === undefined) return true
  return wanted >= 0 ? value >= wanted : value <= -wanted
}

/** Expressions must match from the start of the name, as Python's `match`; globs match the whole of it. */
function matcherOf(pattern: string, isRegex: boolean): (name: string) => boolean {
  const regex = isRegex ? pythonRegex(`\\A(?:${pattern})`) : new RegExp(`^${globSource(pattern)}$`, 's')
  return (name) => regex.test(name)
}

function globSource(glob: string): string {
  return glob.replace(/\[[!^]?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part.length > 1) return part.replace(/^\[!/, '[^')
    return part.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
  })
}

export function readSeconds(text: string): number | undefined {
  return scaled(text, { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 })
}

export function readSize(text: string): number | undefined {
  return scaled(text, { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 })
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const found = /^(-?\d+)([a-z])?$/i.exec(text.trim())
  const unit = found?.[2] === undefined ? 1 : units[found[2].toLowerCase()]
  return found && unit !== undefined ? Number(found[1]) * unit : undefined
}
