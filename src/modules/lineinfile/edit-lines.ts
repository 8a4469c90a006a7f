import { expandTemplate, pythonRegex } from '../python-regex.ts'

export interface LineEdit {
  readonly line?: string
  readonly regexp?: string
  readonly search_string?: string
  readonly state: 'present' | 'absent'
  readonly insertafter?: string
  readonly insertbefore?: string
  readonly backrefs?: boolean
  readonly firstmatch?: boolean
}

/** The text with the line put in or taken out, by Ansible's rules; the same text when nothing is to do. */
export function editLines(text: string, edit: LineEdit): string {
  const lines = splitLines(text)
  const isMeant = matcherOf(edit)
  if (edit.state === 'absent') {
    return lines
      .filter((line) => (isMeant ? isMeant(line) === null : withoutEnd(line) !== edit.line))
      .join('')
  }
  return withLine(lines, edit, isMeant).join('')
}

/** Lines with their ends. */
export function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function withoutEnd(line: string): string {
  return line.replace(/[\r\n]+$/, '')
}

type Matcher = (line: string) => RegExpExecArray | true | null

/** Undefined: neither a pattern nor a text to look for was given. */
function matcherOf(edit: LineEdit): Matcher | undefined {
  const { regexp, search_string: searched } = edit
  if (regexp !== undefined) {
    const pattern = pythonRegex(regexp)
    return (line) => pattern.exec(line)
  }
  return searched === undefined ? undefined : (line) => (line.includes(searched) ? true : null)
}

function withLine(lines: readonly string[], edit: LineEdit, isMeant: Matcher | undefined): readonly string[] {
  const wanted = edit.line ?? ''
  const found = isMeant && findLine(lines, edit, (line) => isMeant(line))
  if (found) {
    const text = edit.backrefs && found.match !== true ? expandTemplate(wanted, found.match) : wanted
    return replaced(lines, found.index, text)
  }
  const exact = lines.findLastIndex((line) => withoutEnd(line) === wanted)
  if (exact >= 0) return replaced(lines, exact, wanted)
  // Without a match there is nothing that the references could stand for.
  return edit.backrefs ? lines : inserted(lines, edit, wanted)
}

function findLine<T>(
  lines: readonly string[],
  edit: LineEdit,
  test: (line: string) => T | null,
): { readonly index: number; readonly match: T } | undefined {
  let found: { readonly index: number; readonly match: T } | undefined
  for (const [index, line] of lines.entries()) {
    const match = test(line)
    if (match === null) continue
    found = { index, match }
    if (edit.firstmatch) break
  }
  return found
}

function replaced(lines: readonly string[], index: number, text: string): readonly string[] {
  const whole = text.endsWith('\n') ? text : `${text}\n`
  return lines.map((line, at) => (at === index ? whole : line))
}

function inserted(lines: readonly string[], edit: LineEdit, wanted: string): readonly string[] {
  const at = placeFor(lines, edit)
  // What follows the place may be the line already, up to its end.
  if (edit.insertafter !== undefined && at < lines.length && withoutEnd(lines[at] ?? '') === wanted)
    return lines
  const before = lines.slice(0, at)
  const last = before.at(-1)
  const ended = last === undefined || /[\r\n]$/.test(last) ? before : [...before.slice(0, -1), `${last}\n`]
  return [...ended, `${wanted}\n`, ...lines.slice(at)]
}

function placeFor(lines: readonly string[], edit: LineEdit): number {
  const { insertbefore, insertafter } = edit
  if (insertbefore === 'BOF' || insertafter === 'BOF') return 0
  const pattern = insertbefore ?? (insertafter === 'EOF' ? undefined : insertafter)
  if (pattern === undefined) return lines.length
  const regex = pythonRegex(pattern)
  const found = findLine(lines, edit, (line) => (regex.test(line) ? true : null))
  if (!found) return lines.length
  return insertbefore === undefined ? found.index + 1 : found.index
}
