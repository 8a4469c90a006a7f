/** A line of authorized_keys (sshd(8)). */
export interface AuthorizedKey {
  readonly options: string
  readonly type: string
  readonly blob: string
  readonly comment: string
}

const keyLine =
  /^(?:((?:[^\s"]|"(?:\\.|[^"\\])*")+)\s+)?((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+)\s+([A-Za-z0-9+/=]+)(?:\s+(.*\S))?\s*$/

/** Undefined: the line is a comment, or holds no key. */
function readKey(line: string): AuthorizedKey | undefined {
  const found = /^\s*#/.test(line) ? null : keyLine.exec(line.trim())
  if (!found) return undefined
  return {
    options: found[1] ?? '',
    type: found[2] as string,
    blob: found[3] as string,
    comment: found[4] ?? '',
  }
}

/** All keys of a text; undefined when a line is none. */
export function readKeys(text: string): readonly AuthorizedKey[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*#/.test(line))
  const keys = lines.map(readKey)
  return keys.length > 0 && keys.every((key) => key !== undefined) ? keys : undefined
}

interface KeyEdit {
  readonly state: 'present' | 'absent'
  readonly key_options?: string
  readonly comment?: string
  readonly exclusive: boolean
}

/** The text with the keys in it, or without them; other lines stay as they are. */
export function editKeys(text: string, wanted: readonly AuthorizedKey[], edit: KeyEdit): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const isWanted = (key: AuthorizedKey): AuthorizedKey | undefined =>
    wanted.find(({ blob }) => blob === key.blob)
  const edited = lines.flatMap((line) => {
    const key = readKey(line)
    if (!key) return [line]
    const same = isWanted(key)
    if (edit.state === 'absent') return same ? [] : [line]
    if (!same) return edit.exclusive ? [] : [line]
    const made = lineOf(same, key, edit)
    return [made === lineOf(key, key, { state: 'present', exclusive: false }) ? line : made]
  })
  const present = lines.map(readKey)
  const missing = wanted.filter(({ blob }) => !present.some((key) => key?.blob === blob))
  const added = edit.state === 'present' ? missing.map((key) => lineOf(key, key, edit)) : []
  const all = [...edited, ...added]
  const unchanged = all.length === lines.length && all.every((line, index) => line === lines[index])
  return unchanged ? text : all.map((line) => `${line}\n`).join('')
}

/** Options and comment that are not told stay those of the line that is there. */
function lineOf(key: AuthorizedKey, now: AuthorizedKey, edit: KeyEdit): string {
  const options = edit.key_options ?? (key.options === '' ? now.options : key.options)
  const comment = edit.comment ?? (key.comment === '' ? now.comment : key.comment)
  return [options, key.type, key.blob, comment].filter((part) => part !== '').join(' ')
}
