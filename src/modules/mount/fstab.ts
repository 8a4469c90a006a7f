/** One entry of /etc/fstab, its fields not escaped. */
export interface FstabEntry {
  readonly src: string
  readonly path: string
  readonly fstype: string
  readonly opts: string
  readonly dump: string
  readonly passno: string
}

/** The text with the entry in it: a line of the same path is rewritten where it stands, other lines stay as they are. */
export function withEntry(text: string, entry: FstabEntry): string {
  const lines = linesOf(text)
  let found = false
  const edited = lines.map((line) => {
    if (!isMeant(line, entry)) return line
    found = true
    return sameFields(fieldsOf(line), entry) ? line : lineOf(entry)
  })
  return textOf(found ? edited : [...edited, lineOf(entry)])
}

/** The text without entries of the path (for swap: of the source). */
export function withoutEntry(text: string, entry: Pick<FstabEntry, 'path' | 'src' | 'fstype'>): string {
  const lines = linesOf(text)
  const kept = lines.filter((line) => !isMeant(line, entry))
  return kept.length === lines.length ? text : textOf(kept)
}

/** The source that an entry of the path names now. */
export function sourceIn(
  text: string,
  entry: Pick<FstabEntry, 'path' | 'src' | 'fstype'>,
): string | undefined {
  const line = linesOf(text).find((each) => isMeant(each, entry))
  return line === undefined ? undefined : unescape(fieldsOf(line)[0] ?? '')
}

function isMeant(line: string, entry: Pick<FstabEntry, 'path' | 'src' | 'fstype'>): boolean {
  if (/^\s*(#|$)/.test(line)) return false
  const [src = '', path = '', fstype] = fieldsOf(line)
  // Swap has no path: its entries are told apart by their source.
  if (entry.path === 'none' || fstype === 'swap') return fstype === 'swap' && unescape(src) === entry.src
  return withoutSlash(unescape(path)) === withoutSlash(entry.path)
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path
}

function sameFields(fields: readonly string[], entry: FstabEntry): boolean {
  const [src = '', path = '', fstype, opts, dump = '0', passno = '0'] = fields
  return (
    unescape(src) === entry.src &&
    withoutSlash(unescape(path)) === withoutSlash(entry.path) &&
    fstype === entry.fstype &&
    unescape(opts ?? 'defaults') === entry.opts &&
    dump === entry.dump &&
    passno === entry.passno
  )
}

function lineOf(entry: FstabEntry): string {
  const { src, path, fstype, opts, dump, passno } = entry
  return [escape(src), escape(path), fstype, escape(opts), dump, passno].join(' ')
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function textOf(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function fieldsOf(line: string): readonly string[] {
  return line.trim().split(/\s+/)
}

/** fstab(5) and /proc/self/mountinfo write white space and backslashes in octal. */
export function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

function escape(field: string): string {
  return field.replace(/[ \t\n\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
